import { CLUSTER_FAULTS } from '../raft/faults.ts';

/** What can happen to a cluster; that damage to a log is noticed, the members alone are asked (`--core raft`). */
export const KV_FAULTS: typeof CLUSTER_FAULTS = Object.fromEntries(
  Object.entries(CLUSTER_FAULTS).filter(([name]) => name !== 'bit-flip'),
);
