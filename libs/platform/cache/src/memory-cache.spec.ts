import { VirtualClock } from '@portolan/virtual-world';
import { createMemoryCache } from './memory-cache.ts';
import { openCache } from './open-cache.ts';
import { describeCache } from './testing/index.ts';

const quiet = { info: () => undefined, warn: () => undefined };

describeCache('a cache in memory', async () => {
  const clock = new VirtualClock();
  const opened = openCache({ app: 'test', clock, logger: quiet });
  return {
    open: () => opened,
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

it('lets what was not asked for longest give way when it is full', async () => {
  const cache = createMemoryCache(new VirtualClock(), 20);
  await cache.set('a', '123456789', 1_000);
  await cache.set('b', '123456789', 1_000);
  await cache.get('a');
  await cache.set('c', '123456789', 1_000);
  expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([
    '123456789',
    undefined,
    '123456789',
  ]);
});

it('does not keep what is larger than all of it', async () => {
  const cache = createMemoryCache(new VirtualClock(), 20);
  await cache.set('a', 'x'.repeat(21), 1_000);
  expect(await cache.get('a')).toBeUndefined();
});
