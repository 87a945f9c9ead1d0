import { heldBytes } from './memory.ts';

it('sums what processes hold', async () => {
  const one = await heldBytes([process.pid]);
  const two = await heldBytes([process.pid, process.pid]);
  expect(one).toBeGreaterThan(10_000_000);
  expect(two).toBeGreaterThan(one ?? 0);
});
