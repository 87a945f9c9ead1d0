import { VirtualClock } from '@portolan/virtual-world';
import { Pace } from './pace.ts';

it('lets so many bytes a second through, whoever they are of', async () => {
  const clock = new VirtualClock();
  const pace = new Pace(1_000, clock);
  const { signal } = new AbortController();
  const at: number[] = [];
  const send = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      await pace.turn(100, signal);
      at.push(clock.now());
    }
  };
  const begun = clock.now();
  const all = Promise.all([send(10), send(10)]);
  await clock.advance(3_000);
  await all;
  expect(at).toHaveLength(20);
  // 2,000 bytes, less the burst.
  expect((at.at(-1) ?? 0) - begun).toBeCloseTo(1_950, 3);
  const stopped = new AbortController();
  stopped.abort(new Error('over'));
  await expect(pace.turn(1, stopped.signal)).rejects.toThrow('over');
});
