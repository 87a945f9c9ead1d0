import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore } from './embedded-store.ts';
import { createIncarnation } from './ids.ts';
import type { KvLimits } from './limits.ts';
import { openInProcessLog } from './log/in-process-log.ts';
import type { OpenLog } from './log/log.ts';
import { describeKvStore, describeQuotas, type StoreUnderTest } from './testing/index.ts';
import { openRestoringLog } from './testing/restoring-log.ts';

const ROOM_BYTES = 10;

function open(openLog: OpenLog, limits: Partial<KvLimits> = {}): Promise<StoreUnderTest> {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const incarnation = createIncarnation(rng);
  const store = createEmbeddedStore({ clock, rng, incarnation, openLog, limits, autoCompaction: 'off' });
  return Promise.resolve({
    store,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
}

describeKvStore('the embedded store', () => open(openInProcessLog), 300);

describeKvStore(
  'the embedded store over bytes and snapshots',
  () => open((machine) => openRestoringLog(machine, 7)),
  60,
);

describeQuotas('the embedded store', () => open(openInProcessLog, { quotaBytes: ROOM_BYTES }), ROOM_BYTES);
