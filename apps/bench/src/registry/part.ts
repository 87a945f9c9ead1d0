import type { BenchResult } from '../bench-row.ts';
import type { Pinning } from '../wire/pinning.ts';
import type { Launcher } from './cluster.ts';
import type { OurLauncher } from './ours.ts';
import type { RequestFiles } from './requests.ts';

/** What a part of the bench is given. */
export interface PartOptions {
  readonly rounds: number;
  /** Of one round of one side. */
  readonly seconds: number;
  readonly isLarge: boolean;
  readonly progress: (what: string) => void;
  readonly pinned: Pinning;
  readonly files: RequestFiles;
  readonly etcd: Launcher;
  readonly ours: OurLauncher;
  /** On the disk that holds the repository, for each server a new folder within it: /tmp may be memory. */
  readonly newFolder: () => Promise<string>;
}

export type Part = (options: PartOptions) => Promise<BenchResult>;
