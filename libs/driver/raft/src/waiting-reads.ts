import { OverloadedError } from '@portolan/raft';
import { MemberStoppedError, ReadTimeoutError } from './errors.ts';

interface Barrier {
  readonly sinceMs: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Since when the leader of now has been asked; undefined: it has not. */
  askedMs: number | undefined;
}

export interface ReadLimits {
  /** For so long one leader may leave a read unconfirmed: it is heard, and does not hear, or has no quorum. */
  readonly confirmMs: number;
  /** For so long it may take in all, also until somebody leads, and until who lags has caught up. */
  readonly answerMs: number;
}

/**
 * Reads that wait until what was committed before them is applied here. All that ask within one turn of the loop share one question;
 * one that is dropped with its leader is asked again, until its time is over.
 */
export class WaitingReads {
  readonly #limits: ReadLimits;
  #nextToken = 1;
  /** Joined by everybody who asks until it is asked. */
  #joining: Barrier | undefined = undefined;
  /** Dropped, or nobody was there to ask. */
  #unasked: Barrier[] = [];
  readonly #asked = new Map<number, Barrier>();
  /** Confirmed at an index that is not applied yet. */
  #confirmed: { readonly index: number; readonly barrier: Barrier }[] = [];

  constructor(limits: ReadLimits) {
    this.#limits = limits;
  }

  join(nowMs: number): Promise<void> {
    this.#joining ??= barrier(nowMs);
    return this.#joining.promise;
  }

  /** @param ask throws OverloadedError when more wait than may */
  askAll(nowMs: number, ask: (token: number) => void): void {
    if (this.#joining !== undefined) this.#unasked.push(this.#joining);
    this.#joining = undefined;
    const unasked = this.#unasked;
    this.#unasked = [];
    for (const waiting of unasked) {
      const token = this.#nextToken;
      this.#nextToken += 1;
      try {
        ask(token);
        waiting.askedMs ??= nowMs;
        this.#asked.set(token, waiting);
      } catch (error) {
        if (!(error instanceof OverloadedError)) throw error;
        waiting.reject(error);
      }
    }
  }

  dropped(token: number): void {
    const waiting = this.#asked.get(token);
    this.#asked.delete(token);
    if (waiting !== undefined) this.#unasked.push(waiting);
  }

  confirmed(token: number, index: number): void {
    const waiting = this.#asked.get(token);
    this.#asked.delete(token);
    if (waiting === undefined) return;
    waiting.askedMs = undefined;
    this.#confirmed.push({ index, barrier: waiting });
  }

  applied(index: number): void {
    if (this.#confirmed.length === 0) return;
    for (const { index: needed, barrier: waiting } of this.#confirmed) if (needed <= index) waiting.resolve();
    this.#confirmed = this.#confirmed.filter(({ index: needed }) => needed > index);
  }

  expire(nowMs: number): void {
    if (this.#joining !== undefined) this.#unasked.push(this.#joining);
    this.#joining = undefined;
    const isOver = (waiting: Barrier): boolean => this.#isOver(waiting, nowMs);
    for (const waiting of this.#unasked.filter(isOver)) timeOut(waiting, nowMs);
    this.#unasked = this.#unasked.filter((waiting) => !isOver(waiting));
    for (const [token, waiting] of this.#asked) {
      if (!isOver(waiting)) continue;
      this.#asked.delete(token);
      timeOut(waiting, nowMs);
    }
    for (const { barrier: waiting } of this.#confirmed) if (isOver(waiting)) timeOut(waiting, nowMs);
    this.#confirmed = this.#confirmed.filter(({ barrier: waiting }) => !isOver(waiting));
  }

  #isOver({ sinceMs, askedMs }: Barrier, nowMs: number): boolean {
    const { confirmMs, answerMs } = this.#limits;
    return nowMs - sinceMs >= answerMs || nowMs - (askedMs ?? nowMs) >= confirmMs;
  }

  /** Who was asked is asked no more: the next leader has its own time. */
  leaderChanged(): void {
    for (const waiting of [...this.#unasked, ...this.#asked.values()]) waiting.askedMs = undefined;
  }

  stop(cause: unknown): void {
    this.abandon(new MemberStoppedError(cause));
  }

  /** Nobody waits any longer. */
  abandon(error: Error): void {
    const confirmed = this.#confirmed.map(({ barrier: waiting }) => waiting);
    for (const waiting of [...this.#unasked, ...this.#asked.values(), ...confirmed]) waiting.reject(error);
    this.#joining?.reject(error);
    this.#joining = undefined;
    this.#unasked = [];
    this.#asked.clear();
    this.#confirmed = [];
  }
}

function timeOut(waiting: Barrier, nowMs: number): void {
  waiting.reject(new ReadTimeoutError(Math.round(nowMs - waiting.sinceMs)));
}

function barrier(sinceMs: number): Barrier {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  return {
    sinceMs,
    promise,
    resolve: () => {
      resolve(undefined);
    },
    reject,
    askedMs: undefined,
  };
}
