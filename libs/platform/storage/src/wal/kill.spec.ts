import { killLoop } from '../testing/kill-loop.ts';

it('loses nothing that was acknowledged when its process is killed, again and again, on the real disk', async () => {
  expect(await killLoop(12, 1)).toBeGreaterThan(100);
}, 120_000);
