import type { BenchOptions, BenchResult } from '../bench-row.ts';
import type { Pinning } from './pinning.ts';

/** What a part of the bench is given, and what it says. */
export interface PartOptions extends BenchOptions {
  readonly pinned: Pinning;
}
export type PartResult = BenchResult;
