import type { Clock, Timer } from '@portolan/kernel';
import type { Revision } from './ids.ts';

/** Marks made in the time that is kept, as etcd's periodic compaction does. More: closer to the time asked for, and more compactions. */
const MARKS_PER_PERIOD = 10;

/** Longest time between two marks, however long is kept: what a leader that changes daily would never come to. */
const MARK_MS_MAX = 3_600_000;

export interface AgeMarksOptions {
  readonly clock: Clock;
  readonly keepMs: number;
  /** The store's now. */
  readonly revision: () => Revision;
  /** There is a new mark, so something may have become old. */
  readonly onMark: () => void;
}

interface Mark {
  readonly at: number;
  readonly revision: Revision;
}

/** Which revision was the newest how long ago, as far as that matters. Revisions carry no time: no clock is in the log. */
export class AgeMarks {
  readonly #options: AgeMarksOptions;
  /** Oldest first; one at most is older than what is kept. */
  #marks: readonly Mark[] = [];
  #timer: Timer | undefined;

  constructor(options: AgeMarksOptions) {
    this.#options = options;
  }

  /** The newest revision that was the newest `keepMs` ago. */
  get oldestToKeep(): Revision | undefined {
    const [first] = this.#marks;
    const { clock, keepMs } = this.#options;
    return first !== undefined && first.at <= clock.now() - keepMs ? first.revision : undefined;
  }

  /** Counting begins: of what is older than now, nothing is known. */
  start(): void {
    this.stop();
    this.#mark();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#marks = [];
  }

  #mark(): void {
    const { clock, keepMs, revision, onMark } = this.#options;
    const now = clock.now();
    const marks = [...this.#marks, { at: now, revision: revision() }];
    const first = marks.findLastIndex(({ at }) => at <= now - keepMs);
    this.#marks = marks.slice(Math.max(0, first));
    this.#timer = clock.after(Math.min(MARK_MS_MAX, keepMs / MARKS_PER_PERIOD), () => {
      this.#mark();
    });
    onMark();
  }
}
