import type { RegressionSeed } from '../raft/regression-seeds.ts';

export const KV_REGRESSION_SEEDS: readonly RegressionSeed[] = [];
