import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore } from './embedded-store.ts';
import { createIncarnation } from './ids.ts';
import { describeKvStore, type StoreUnderTest } from './testing/index.ts';

function open(): Promise<StoreUnderTest> {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), autoCompaction: 'off' });
  return Promise.resolve({
    store,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
}

describeKvStore('the embedded store', open, 300);
