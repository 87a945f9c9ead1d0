import { createSeededRng, type Rng } from '@portolan/kernel';

/** How an act ended that went as it may go; one that went otherwise throws. */
export type Outcome = 'answered' | 'aborted' | 'timed out' | 'left early' | 'torn';

/** Something that is done again and again, by several workers at once. */
export interface Lane {
  readonly name: string;
  readonly workers: number;
  readonly act: (rng: Rng) => Promise<Outcome>;
}

/** Failures beyond these add nothing. */
const FAILURES_TOLD_MAX = 20;
/** The last acts have this long after the end, ms: no act takes a tenth of it. */
const SETTLE_MS = 30_000;

/** A seeded mix of acts, and what became of them. */
export class Traffic {
  begun = 0;
  settled = 0;
  failed = 0;
  readonly failures: string[] = [];
  readonly outcomes = new Map<Outcome, number>();
  /** By lane; none is missing. */
  readonly answered = new Map<string, number>();
  private readonly lanes: readonly Lane[];
  private readonly pending = new Map<string, number>();
  private seed: number;

  constructor(lanes: readonly Lane[], seed: number) {
    this.lanes = lanes;
    this.seed = seed;
    for (const { name } of lanes) this.answered.set(name, 0);
  }

  /**
   * Acts until the time is up and all that was begun is settled.
   * @throws Error when an act is not; it names the lanes
   */
  async run(ms: number): Promise<void> {
    const endsAt = performance.now() + ms;
    const workers = this.lanes.flatMap((lane) =>
      Array.from({ length: lane.workers }, () => this.work(lane, createSeededRng((this.seed += 1)), endsAt)),
    );
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const lanes = [...this.pending].filter(([, count]) => count > 0).map(([name, count]) => `${count} of ${name}`);
      late.reject(new Error(`never settled: ${lanes.join(', ')}`));
    }, ms + SETTLE_MS);
    try {
      await Promise.race([Promise.all(workers), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** So far, in one line. */
  summary(): string {
    const outcomes = [...this.outcomes].sort().map(([outcome, count]) => `${count} ${outcome}`);
    return `${this.settled} of ${this.begun} settled, ${this.failed} failed: ${outcomes.join(', ')}`;
  }

  private async work({ name, act }: Lane, rng: Rng, endsAt: number): Promise<void> {
    while (performance.now() < endsAt) {
      this.begun += 1;
      this.pending.set(name, (this.pending.get(name) ?? 0) + 1);
      try {
        const outcome = await act(rng);
        this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
        if (outcome === 'answered') this.answered.set(name, (this.answered.get(name) ?? 0) + 1);
      } catch (error) {
        this.failed += 1;
        if (this.failures.length < FAILURES_TOLD_MAX) this.failures.push(`${name}: ${told(error)}`);
      }
      this.pending.set(name, (this.pending.get(name) ?? 0) - 1);
      this.settled += 1;
    }
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error) : `${String(error)}, since ${told(error.cause)}`;
}
