/** A world that once broke something, and why: it is played for ever. */
export interface RegressionSeed {
  readonly seed: number;
  readonly story: string;
}

export const REGRESSION_SEEDS: readonly RegressionSeed[] = [];
