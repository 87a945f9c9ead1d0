import { assert, type Clock } from '@portolan/kernel';

/** More than the checkers can decide in a sensible time; a simulation that comes here should check in between and start anew. */
export const HISTORY_OPERATIONS_MAX = 1_000_000;

/** When, in the world's time; `sequence` orders what happened in the same instant, and alone decides what was before what. */
export interface Moment {
  readonly atMs: number;
  readonly sequence: number;
}

/**
 * - `ok`: it happened between call and `at`, and answered `output`
 * - `happened`: it happened between call and `at`; what it answered is not known
 * - `failed`: it has not happened, and never will
 * - `unknown`: it happened at some time after the call, or will, or never does; also of what has not returned
 */
export type Outcome<Output> =
  | { readonly kind: 'ok'; readonly output: Output; readonly at: Moment }
  | { readonly kind: 'happened'; readonly at: Moment }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unknown' };

export interface RecordedOperation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  readonly call: Moment;
  readonly outcome: Outcome<Output>;
}

/** One call of a client, from `begin` until one of these says what became of it. */
export interface RunningOperation<Output> {
  ok(output: Output): void;
  /** Only when it is certain: an error that names no cause, a time-out, a broken connection are `unknown`. */
  fail(): void;
  unknown(): void;
  /** Somebody has seen its effect, in a watch say, though it never answered. May follow `unknown`. */
  happened(): void;
}

/** What clients asked of a system and what it answered, in the order in which they saw it (as Jepsen records it). */
export class History<Input, Output> {
  readonly #clock: Clock;
  readonly #operations: Recording<Input, Output>[] = [];
  #sequence = 0;

  /** @param clock the world's: the clients' own may be wrong */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(client: string, input: Input): RunningOperation<Output> {
    assert(this.#operations.length < HISTORY_OPERATIONS_MAX, `a history holds ${HISTORY_OPERATIONS_MAX} operations`);
    const operation = new Recording<Input, Output>(client, input, () => this.#moment());
    this.#operations.push(operation);
    return operation;
  }

  /** In the order of their calls, as far as they have come. */
  get operations(): readonly RecordedOperation<Input, Output>[] {
    return this.#operations.map(({ client, input, call, outcome }) => ({ client, input, call, outcome }));
  }

  #moment(): Moment {
    return { atMs: this.#clock.now(), sequence: (this.#sequence += 1) };
  }
}

class Recording<Input, Output> implements RecordedOperation<Input, Output>, RunningOperation<Output> {
  readonly client: string;
  readonly input: Input;
  readonly call: Moment;
  readonly #now: () => Moment;
  outcome: Outcome<Output> = { kind: 'unknown' };
  #hasEnded = false;

  constructor(client: string, input: Input, now: () => Moment) {
    this.client = client;
    this.input = input;
    this.call = now();
    this.#now = now;
  }

  ok(output: Output): void {
    this.#end({ kind: 'ok', output, at: this.#now() });
  }

  fail(): void {
    this.#end({ kind: 'failed' });
  }

  unknown(): void {
    this.#end({ kind: 'unknown' });
  }

  happened(): void {
    if (this.outcome.kind === 'unknown') this.outcome = { kind: 'happened', at: this.#now() };
    this.#hasEnded = true;
  }

  #end(outcome: Outcome<Output>): void {
    assert(!this.#hasEnded, `an operation of ${this.client} has ended already`);
    this.#hasEnded = true;
    this.outcome = outcome;
  }
}
