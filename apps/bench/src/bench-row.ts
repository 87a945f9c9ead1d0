export interface BenchOptions {
  readonly rounds: number;
  /** Of one round of one side. */
  readonly seconds: number;
  /** Those of the row's parts that were asked for. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** The large size of what has two. */
  readonly isLarge?: boolean;
  readonly progress: (what: string) => void;
}

export interface BenchResult {
  /** Tables and what they say, in Markdown. */
  readonly text: string;
  /** Every round, for the file beside the table. */
  readonly raw: unknown;
}

/** One bench: its row in `benches.ts` is the whole integration. */
export interface BenchRow {
  readonly summary: string;
  /** What `--only` can choose from. */
  readonly parts?: readonly string[];
  /** What `--large` makes of it. */
  readonly large?: string;
  readonly run: (options: BenchOptions) => Promise<BenchResult>;
}
