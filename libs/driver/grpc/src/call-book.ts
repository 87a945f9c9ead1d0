import type { Clock, Timer } from '@portolan/kernel';

/** A call as the book knows it. */
export interface BookedCall {
  /** Where it is in the book; -1: it is not. */
  bookIndex: number;
  /** Ms of the clock; Infinity: it may take as long as it likes. */
  readonly deadlineAt: number;
  /** The deadline has passed. */
  expire(): void;
}

/** Deadlines are looked at no more often than this, ms: many short ones cost one look. */
const LOOK_MS_MIN = 2;
/** And no less often than daily: timers take 2^31 - 1 ms at most, and a client may name any deadline. */
const LOOK_MS_MAX = 86_400_000;

/** The calls under way, and one timer for all their deadlines. A call that begins or ends allocates nothing here. */
export class CallBook<Call extends BookedCall> {
  private readonly calls: Call[] = [];
  private readonly clock: Clock;
  private timer: Timer | undefined;
  private lookAt = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.calls.length;
  }

  add(call: Call): void {
    call.bookIndex = this.calls.length;
    this.calls.push(call);
    if (call.deadlineAt < this.lookAt) this.look(call.deadlineAt, this.clock.now());
  }

  remove(call: Call): void {
    const { bookIndex } = call;
    if (bookIndex < 0) return;
    const last = this.calls.pop();
    if (last !== undefined && last !== call) {
      this.calls[bookIndex] = last;
      last.bookIndex = bookIndex;
    }
    call.bookIndex = -1;
  }

  /** A copy: whoever is told may end its call. */
  all(): readonly Call[] {
    return [...this.calls];
  }

  /** No deadline is looked at any more. */
  dispose(): void {
    this.timer?.cancel();
  }

  private look(at: number, now: number): void {
    this.timer?.cancel();
    this.lookAt = at;
    this.timer = this.clock.after(Math.min(LOOK_MS_MAX, Math.max(0, at - now)), this.expireDue);
  }

  private readonly expireDue = (): void => {
    const now = this.clock.now();
    this.timer = undefined;
    this.lookAt = Infinity;
    let next = Infinity;
    for (const call of this.all()) {
      // The timer may be early by the clock: half a millisecond is no reason to look again.
      if (call.deadlineAt <= now + 0.5) call.expire();
      else next = Math.min(next, call.deadlineAt);
    }
    if (next < this.lookAt) this.look(Math.max(next, now + LOOK_MS_MIN), now);
  };
}
