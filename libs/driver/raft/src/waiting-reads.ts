import { OverloadedError } from '@portolan/raft';
import { MemberStoppedError, ReadTimeoutError } from './errors.ts';

interface Barrier {
  readonly sinceMs: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads that wait until what was committed before them is applied here. All that ask within one turn of the loop share one question;
 * one that is dropped with its leader is asked again, until its time is over.
 */
export class WaitingReads {
  readonly #timeoutMs: number;
  #nextToken = 1;
  /** Joined by everybody who asks until it is asked. */
  #joining: Barrier | undefined = undefined;
  /** Dropped, or nobody was there to ask. */
  #unasked: Barrier[] = [];
  readonly #asked = new Map<number, Barrier>();
  /** Confirmed at an index that is not applied yet. */
  #confirmed: { readonly index: number; readonly barrier: Barrier }[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  join(nowMs: number): Promise<void> {
    this.#joining ??= barrier(nowMs);
    return this.#joining.promise;
  }

  /** @param ask throws OverloadedError when more wait than may */
  askAll(ask: (token: number) => void): void {
    if (this.#joining !== undefined) this.#unasked.push(this.#joining);
    this.#joining = undefined;
    const unasked = this.#unasked;
    this.#unasked = [];
    for (const waiting of unasked) {
      const token = this.#nextToken;
      this.#nextToken += 1;
      try {
        ask(token);
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
    if (waiting !== undefined) this.#confirmed.push({ index, barrier: waiting });
  }

  applied(index: number): void {
    if (this.#confirmed.length === 0) return;
    for (const { index: needed, barrier: waiting } of this.#confirmed) if (needed <= index) waiting.resolve();
    this.#confirmed = this.#confirmed.filter(({ index: needed }) => needed > index);
  }

  expire(nowMs: number): void {
    if (this.#joining !== undefined) this.#unasked.push(this.#joining);
    this.#joining = undefined;
    const isOver = ({ sinceMs }: Barrier): boolean => nowMs - sinceMs >= this.#timeoutMs;
    for (const waiting of this.#unasked.filter(isOver)) this.#timeOut(waiting);
    this.#unasked = this.#unasked.filter((waiting) => !isOver(waiting));
    for (const [token, waiting] of this.#asked) {
      if (!isOver(waiting)) continue;
      this.#asked.delete(token);
      this.#timeOut(waiting);
    }
    for (const { barrier: waiting } of this.#confirmed) if (isOver(waiting)) this.#timeOut(waiting);
    this.#confirmed = this.#confirmed.filter(({ barrier: waiting }) => !isOver(waiting));
  }

  #timeOut(waiting: Barrier): void {
    waiting.reject(new ReadTimeoutError(this.#timeoutMs));
  }

  stop(cause: unknown): void {
    const error = new MemberStoppedError(cause);
    const confirmed = this.#confirmed.map(({ barrier: waiting }) => waiting);
    for (const waiting of [...this.#unasked, ...this.#asked.values(), ...confirmed]) waiting.reject(error);
    this.#joining?.reject(error);
    this.#joining = undefined;
    this.#unasked = [];
    this.#asked.clear();
    this.#confirmed = [];
  }
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
  };
}
