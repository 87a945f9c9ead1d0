export interface BenchOptions {
  readonly rounds: number;
  /** Of one round of one side. */
  readonly seconds: number;
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
  readonly run: (options: BenchOptions) => Promise<BenchResult>;
}
