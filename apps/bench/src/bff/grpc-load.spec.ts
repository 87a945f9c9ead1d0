import { pace, saturate } from './grpc-load.ts';

it('keeps so many calls under way, and counts them all', async () => {
  let now = 0;
  let most = 0;
  let calls = 0;
  const figures = await saturate(
    async () => {
      calls += 1;
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    },
    4,
    0.05,
  );
  expect(most).toBe(4);
  expect(calls).toBeGreaterThan(4);
  expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
});

it('makes as many calls as the rate says', async () => {
  let calls = 0;
  await pace(async () => void (calls += 1), 200, 0.1);
  expect(calls).toBe(20);
});
