import { drainShares } from './drain-shares.ts';
import { STAGES } from './plan.ts';

it.each([10_000, 1_000, 0])('divides %s ms so that all stages fit, and processes end by themselves', (deadline) => {
  const { stageMs, processMs } = drainShares(deadline);
  expect(stageMs * STAGES).toBeLessThanOrEqual(deadline);
  expect(processMs).toBeLessThanOrEqual(stageMs);
});
