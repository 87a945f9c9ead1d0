import { killLoop } from '../testing/kill-loop.ts';

it.each([2, 3])('loses nothing in a hundred kills, seed %d', async (seed) => {
  expect(await killLoop(100, seed)).toBeGreaterThan(5_000);
});
