import { assert, PortolanError, type Clock, type Principal, type Timer } from '@portolan/kernel';
import type { CallOptions } from '@portolan/rpc';
import { SERVICES, type Part } from '../services.ts';
import { OPTIONAL_PARTS, type OptionalPart } from './missing.ts';
import { DeadlinePassedError, PartFailedError, PartTooLateError, PartUnavailableError } from './part-errors.ts';

/** Kept of the whole deadline to put the answer together and send it when an optional part used up its time. */
const ANSWER_RESERVE_MS = 100;

export interface PartScopeOptions {
  readonly clock: Clock;
  /** For the whole answer. */
  readonly deadlineMs: number;
  /** For each optional part, counted from its call; cut to what the whole deadline leaves. */
  readonly optionalDeadlineMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
  /** Told of each optional part that failed. */
  readonly onMissing: (missing: MissingPart) => void;
}

export interface MissingPart {
  readonly part: OptionalPart;
  /** The code of the error it failed with. */
  readonly code: string;
}

/**
 * The calls that one answer is made of. All of them end together: by the deadline, when the caller is gone, or when the
 * scope is disposed because the answer is on its way or one required part failed.
 */
export class PartScope implements Disposable {
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #optionalDeadlineMs: number;
  readonly #deadlineAt: number;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #timers = new Set<Timer>();
  readonly #instances = new Map<string, Set<string>>();
  readonly #missing = new Set<OptionalPart>();
  readonly #onMissing: (missing: MissingPart) => void;

  constructor({ clock, deadlineMs, optionalDeadlineMs, gone, onMissing }: PartScopeOptions) {
    this.gone = gone;
    this.#onMissing = onMissing;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#optionalDeadlineMs = optionalDeadlineMs;
    this.#deadlineAt = clock.now() + deadlineMs;
    this.#signal = AbortSignal.any([this.#end.signal, gone]);
    this.#abortAfter(this.#end, deadlineMs);
  }

  /**
   * A part without which there is no answer.
   * @throws PartUnavailableError, PartTooLateError, PartFailedError, or as the service refused what the caller asked for
   */
  async required<Answer>(
    part: Part,
    call: (options: CallOptions) => Promise<Answer>,
    principal?: Principal,
  ): Promise<Answer> {
    const service = SERVICES[part];
    try {
      return await call(this.#options(service, this.#signal, this.#left(), principal));
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      switch (error.kind) {
        case 'unavailable':
          throw new PartUnavailableError(service, error);
        case 'deadline':
          throw new PartTooLateError(service, this.#deadlineMs, error);
        case 'cancelled':
        case 'internal':
        case 'unimplemented':
        case 'unauthenticated':
          throw new PartFailedError(service, error);
        default:
          throw error;
      }
    }
  }

  /** A part that the answer can do without: undefined when it failed or took too long, and then named in `missing`. */
  async optional<Answer>(
    part: OptionalPart,
    call: (options: CallOptions) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const limitMs = Math.max(0, Math.min(this.#optionalDeadlineMs, this.#left() - ANSWER_RESERVE_MS));
    const patience = new AbortController();
    const timer = this.#abortAfter(patience, limitMs);
    try {
      return await call(this.#options(SERVICES[part], AbortSignal.any([this.#signal, patience.signal]), limitMs));
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      // Ended by us: the answer is out, or nobody wants it.
      if (this.#signal.aborted) return undefined;
      this.#missing.add(part);
      this.#onMissing({ part, code: error.code });
      return undefined;
    } finally {
      this.#forget(timer);
    }
  }

  /** The optional parts that failed, in a fixed order. */
  get missing(): readonly OptionalPart[] {
    return OPTIONAL_PARTS.filter((part) => this.#missing.has(part));
  }

  /** Which instances took part, as `Portolan-Served-By` names them; undefined when none has answered. */
  get servedBy(): string | undefined {
    const entries = [...this.#instances].flatMap(([service, instances]) =>
      [...instances].map((instance) => `${service};instance="${instance}"`),
    );
    return entries.length === 0 ? undefined : entries.join(', ');
  }

  /** Ends the calls that still run. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#end.abort(new Error('the answer no longer needs this call'));
  }

  #left(): number {
    return Math.max(0, this.#deadlineAt - this.#clock.now());
  }

  #options(service: string, signal: AbortSignal, timeoutMs: number, principal?: Principal): CallOptions {
    return {
      signal,
      timeoutMs,
      // Reads; and an order is placed under an idempotency key.
      idempotent: true,
      onHeaders: (get) => {
        this.#note(service, get('portolan-instance'));
      },
      ...(principal !== undefined && { principal }),
    };
  }

  #note(service: string, instance: string | undefined): void {
    if (instance === undefined || !/^[\w.:-]+$/.test(instance)) return;
    const instances = this.#instances.get(service) ?? new Set();
    this.#instances.set(service, instances.add(instance));
  }

  #abortAfter(controller: AbortController, delayMs: number): Timer {
    assert(delayMs >= 0, 'a deadline lies ahead');
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      controller.abort(new DeadlinePassedError(delayMs));
    });
    this.#timers.add(timer);
    return timer;
  }

  #forget(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}
