import type { RegressionSeed } from '../raft/regression-seeds.ts';

export const KV_REGRESSION_SEEDS: readonly RegressionSeed[] = [
  {
    seed: 140,
    story:
      'the backup was of a member that had nothing yet, at entry 0: its restored state was a snapshot of entry 0, which members take for ' +
      'none, so the new cluster began at revision 1 and made revisions again that the one before had made',
  },
];
