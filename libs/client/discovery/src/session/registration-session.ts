import { CatalogServiceService } from '@portolan/contracts/catalog';
import { abortable, type Clock, PortolanError, type Rng } from '@portolan/kernel';
import { backoff, type BackoffOptions } from '@portolan/resilience';
import { createClient } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { CheckReport, DiscoveryLogger, Registration, RegistrationRequest } from '../discovery.ts';
import { DiscoveryClosedError, isFinal, isLost, RegistrationRefusedError } from '../errors.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { RECONNECT, STABLE_MS, type RegistryLink } from '../registry/registry-link.ts';
import { DesiredRegistration, type NextStep } from './desired-registration.ts';
import { SessionRequestError, SessionStream } from './session-stream.ts';

/** What is registered outlives this process by at most so long, even when nobody sees its stream break. */
export const TTL_SECONDS = 10;

/** A deregistration that the registry has not confirmed by then is left to the lease. */
export const DEREGISTER_MS = 2_000;

/** Between two attempts at what the registry cannot do now: an id that another process still holds, a full session. */
const RETRY: BackoffOptions = { baseMs: 500, maxMs: 5_000, factor: 2 };

const NOT_RUNNING = Promise.resolve();

export interface RegistrationSessionOptions {
  readonly link: RegistryLink;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
}

/** All registrations of this process, kept in one session of the registry, over as many streams as that takes. */
export class RegistrationSession implements AsyncDisposable {
  readonly #options: RegistrationSessionOptions;
  readonly #closed = new AbortController();
  /** Bounded by what this process registers. */
  readonly #desired = new Set<DesiredRegistration>();
  /** Those whose steps are being taken on the stream of now. */
  readonly #driven = new Set<DesiredRegistration>();
  #stream: SessionStream | undefined;
  #running = NOT_RUNNING;
  #lease = 0n;
  #incarnation = '';

  constructor(options: RegistrationSessionOptions) {
    this.#options = options;
  }

  get counts(): { readonly wanted: number; readonly registered: number } {
    const wanted = [...this.#desired].filter((desired) => desired.wanted);
    return { wanted: wanted.length, registered: wanted.filter(({ registered }) => registered).length };
  }

  register(request: RegistrationRequest): Registration {
    this.#closed.signal.throwIfAborted();
    const desired = new DesiredRegistration(request, this.#options.clock);
    this.#desired.add(desired);
    this.#drive(desired);
    if (this.#running === NOT_RUNNING) this.#running = this.#run();
    const deregister = (): Promise<void> => this.#deregister(desired);
    return {
      get registered() {
        return desired.registered;
      },
      whenRegistered: async (signal) => {
        await desired.whenRegistered(signal);
      },
      reportCheck: (check: CheckReport) => {
        if (desired.report(check)) this.#drive(desired);
      },
      deregister,
      [Symbol.asyncDispose]: deregister,
    };
  }

  /** Deregisters everything, says goodbye, and takes no longer for it than `DEREGISTER_MS`. */
  async [Symbol.asyncDispose](): Promise<void> {
    const late = new AbortController();
    const timer = this.#options.clock.after(DEREGISTER_MS, () => {
      late.abort();
    });
    await Promise.all([...this.#desired].map((desired) => this.#deregister(desired)));
    // What the registry did not confirm is left to the lease; after goodbye it ends the stream.
    if (this.#desired.size === 0) await abortable(this.#running, late.signal).catch(() => undefined);
    timer.cancel();
    this.#closed.abort(new DiscoveryClosedError());
    await this.#running;
  }

  async #deregister(desired: DesiredRegistration): Promise<void> {
    if (!this.#desired.has(desired)) return;
    const { clock, logger } = this.#options;
    const again = desired.leaving.aborted;
    desired.leave();
    this.#drive(desired);
    if (this.#stream === undefined) {
      if (!again) {
        logger.warn(
          { instance: desired.name },
          'deregistered without the registry: if it has it, its lease removes it',
        );
      }
      return;
    }
    const late = new AbortController();
    const timer = clock.after(DEREGISTER_MS, () => {
      late.abort();
    });
    try {
      await desired.whenGone(AbortSignal.any([late.signal, this.#stream.broken]));
    } catch {
      logger.warn({ instance: desired.name }, 'the registry did not confirm the deregistration: the lease removes it');
    } finally {
      timer.cancel();
    }
  }

  async #run(): Promise<void> {
    const { link, clock, rng } = this.#options;
    let failures = 0;
    while (this.#desired.size > 0) {
      // It rejects only when discovery closes.
      const connection = await link.connected(this.#closed.signal).catch(() => undefined);
      if (connection === undefined) break;
      const since = clock.now();
      await this.#session(connection);
      failures = clock.now() - since >= STABLE_MS ? 0 : failures + 1;
      if (this.#desired.size === 0) break;
      await sleep(clock, backoff(RECONNECT, failures, rng), this.#closed.signal).catch(() => undefined);
    }
    this.#running = NOT_RUNNING;
  }

  /** One stream from its beginning to its end. */
  async #session(connection: RegistryConnection): Promise<void> {
    const given = AbortSignal.any([connection.givenUp, this.#closed.signal]);
    const stream = new SessionStream(createClient(CatalogServiceService, connection), this.#options.clock, given);
    try {
      const { lease, ttlSeconds, incarnation, resumed } = await stream.open({
        resumeLease: this.#lease,
        ttlSeconds: TTL_SECONDS,
        node: undefined,
        host: undefined,
      });
      if (!resumed || incarnation !== this.#incarnation) this.#startOver();
      this.#lease = lease;
      this.#incarnation = incarnation;
      this.#stream = stream;
      // Also what a resumed lease still has: its answer may be what the last stream lost, and the registry writes nothing then.
      for (const desired of this.#desired) this.#drive(desired);
      await this.#renew(stream, ttlSeconds);
    } catch (error) {
      stream.break(error);
      this.#explain(stream.broken.reason, connection);
    } finally {
      this.#stream = undefined;
      this.#driven.clear();
      for (const desired of this.#desired) desired.forgotten();
    }
  }

  /** The lease of before is gone, and with it whatever was still to be deregistered. */
  #startOver(): void {
    for (const desired of this.#desired) if (!desired.wanted) this.#gone(desired);
  }

  #gone(desired: DesiredRegistration): void {
    desired.gone();
    this.#desired.delete(desired);
    if (this.#desired.size > 0) return;
    // The registry revokes the lease at goodbye: there is nothing to go on with.
    this.#lease = 0n;
    this.#stream?.sayGoodbye();
    this.#stream = undefined;
  }

  /** Until the stream is over, which throws. */
  async #renew(stream: SessionStream, ttlSeconds: number): Promise<never> {
    if (this.#desired.size === 0) stream.sayGoodbye();
    while (true) {
      await sleep(this.#options.clock, (Math.max(1, ttlSeconds) * 1_000) / 3, stream.broken);
      await stream.ask({ $case: 'renew', value: {} });
    }
  }

  #drive(desired: DesiredRegistration): void {
    const stream = this.#stream;
    if (stream === undefined || this.#driven.has(desired)) return;
    this.#driven.add(desired);
    void this.#takeSteps(desired, stream).finally(() => {
      if (this.#stream === stream) this.#driven.delete(desired);
    });
  }

  async #takeSteps(desired: DesiredRegistration, stream: SessionStream): Promise<void> {
    const { clock, rng, logger } = this.#options;
    for (let failures = 0; !stream.broken.aborted;) {
      const step = desired.nextStep();
      if (step === undefined) return;
      try {
        await stream.ask(step);
        failures = 0;
        desired.done(step);
        if (step.$case === 'register') logger.info({ instance: desired.name }, 'registered');
        if (step.$case === 'deregister') this.#gone(desired);
      } catch (error) {
        if (!(error instanceof SessionRequestError)) return;
        if (this.#answerTo(error, step, desired, stream) === 'later') {
          const wake = AbortSignal.any([stream.broken, ...(desired.wanted ? [desired.leaving] : [])]);
          await sleep(clock, backoff(RETRY, failures, rng), wake).catch(() => undefined);
          failures += 1;
        }
      }
      if (!this.#desired.has(desired)) return;
    }
  }

  /** What a refused step means. @returns when to take the next one */
  #answerTo(
    error: SessionRequestError,
    step: NextStep,
    desired: DesiredRegistration,
    stream: SessionStream,
  ): 'now' | 'later' {
    const { logger } = this.#options;
    const said = { instance: desired.name, step: step.$case, reason: error.message, fix: error.fix };
    if (error.kind === 'precondition') {
      stream.break(error);
    } else if (step.$case === 'deregister' && (isFinal(error.kind) || error.kind === 'not-found')) {
      this.#gone(desired);
    } else if (step.$case === 'report' && error.kind === 'not-found') {
      desired.forgotten();
    } else if (step.$case === 'report' && isFinal(error.kind)) {
      logger.error(said, 'the registry refuses a check');
      desired.done(step);
    } else if (isFinal(error.kind)) {
      logger.error(said, 'the registry refuses a registration');
      desired.refused(new RegistrationRefusedError(desired.name, error.detail));
    } else {
      logger.warn(said, 'the registry cannot do it now; trying on');
      return 'later';
    }
    return 'now';
  }

  #explain(reason: unknown, connection: RegistryConnection): void {
    if (this.#desired.size === 0 || this.#closed.signal.aborted || connection.givenUp.aborted) return;
    const { link, logger } = this.#options;
    const error = reason instanceof PortolanError ? reason : undefined;
    if (error !== undefined && isFinal(error.kind)) {
      logger.error({ registry: connection.address, err: error, fix: error.fix }, 'the registry refuses a session');
    } else if (error === undefined || isLost(error.kind)) {
      link.lost(connection, reason);
    } else {
      logger.warn({ registry: connection.address, err: error }, 'the session broke; opening it again');
    }
  }
}
