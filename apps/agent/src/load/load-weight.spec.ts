import { LoadSampler, SAMPLE_MS } from './load-sampler.ts';
import { LoadWeight } from './load-weight.ts';
import { VirtualClock } from '@portolan/virtual-world';

it.each<[number[], number[]]>([
  [
    [0, 0.5, 0.7],
    [100, 100, 100],
  ],
  [
    [0.73, 0.75, 0.85, 1],
    [100, 80, 60, 10],
  ],
  // Not at every breath: the same up and down, a little apart.
  [
    [0.85, 0.83, 0.87, 0.84],
    [60, 60, 60, 60],
  ],
  [
    [1, 0.98, 0.2],
    [10, 10, 100],
  ],
])('a host as busy as %j asks for %j percent of its weight', (busy, percents) => {
  const weight = new LoadWeight();
  expect(busy.map((cpu) => weight.next(cpu))).toEqual(percents);
});

it('a sampler smooths what the cores did, and tells each sample', async () => {
  const clock = new VirtualClock();
  let busy = 0;
  let total = 0;
  const told: number[] = [];
  using sampler = new LoadSampler(
    clock,
    ({ cpu }) => told.push(cpu),
    () => ({ busy, total }),
  );
  for (let sample = 0; sample < 12; sample += 1) {
    busy += 1_000;
    total += 1_000;
    await clock.advance(SAMPLE_MS);
  }
  expect(told).toHaveLength(12);
  expect(told[0]).toBeCloseTo(0.4);
  expect(sampler.load.cpu).toBeGreaterThan(0.99);
  expect(sampler.load.weightPercent).toBe(10);
  expect(sampler.load.memory).toBeGreaterThan(0);
});
