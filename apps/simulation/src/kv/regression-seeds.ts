import type { RegressionSeed } from '../raft/regression-seeds.ts';

export const KV_REGRESSION_SEEDS: readonly RegressionSeed[] = [
  {
    seed: 40493,
    story:
      'the disks of the followers hung while they answered heartbeats, so an expiry stood in the log of the leader and was not decided: ' +
      'when its time for an answer was over it counted as lost, a keep-alive was confirmed, and then the expiry came to pass',
  },
];
