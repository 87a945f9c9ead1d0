import { killLoop } from './testing/kill-loop.ts';

it.each([1, 3])('loses nothing in a hundred kills of %d members', async (members) => {
  const lived = await killLoop(members, 100, members + 10);
  expect(lived.acknowledged).toBeGreaterThan(5_000);
  expect(lived.snapshots).toBeGreaterThan(50);
});
