import type { Endpoint, Outcome } from '@portolan/balancing';
import { abortable, type Clock, type ErrorKind, type Millis } from '@portolan/kernel';
import type { RetryBudget } from '@portolan/resilience';
import { RpcError, type CallOptions, type Connection, type MethodDefinition } from '@portolan/rpc';
import type { EndpointSet } from '../discovery.ts';
import type { CallMetrics } from './call-metrics.ts';
import { CallTime } from './call-time.ts';
import { NoEndpointError, rpcErrorOf } from './calling-errors.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { CONNECT_MS, type PooledConnection } from './pooled-connection.ts';

/** What a call waits for the first answer of a registry: within the 2 s that people wait, so that they hear why. */
export const KNOWN_MS = 1_500;
/** This many endpoints that cannot be reached are passed over at no cost; more of them draw on the retry budget. */
export const REFUSALS_FREE = 16;

/** What all calls of one channel share. */
export interface CallParts {
  readonly service: string;
  readonly endpoints: EndpointSet;
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  readonly budget: RetryBudget;
  readonly metrics: CallMetrics;
}

/** One try at one endpoint. */
interface Attempt {
  readonly endpoint: Endpoint;
  readonly pooled: PooledConnection;
  /** When the connection was open: opening it says nothing about how fast the endpoint answers. */
  begunAt: Millis;
  /** To the first answer of a stream. */
  firstAnswerMs: number | undefined;
}

/**
 * One call from its first attempt to its end: `start`, then `succeeded`, `left`, or `failed`, which says by returning that
 * there is another try to `start`.
 */
export class BalancedCall {
  readonly #parts: CallParts;
  readonly #idempotent: boolean;
  readonly #streaming: boolean;
  readonly #time: CallTime;
  #attempt: Attempt | undefined;
  /** Addresses of the attempts that failed; none in nearly all calls. */
  #tried: Set<string> | undefined;
  #last: RpcError | undefined;
  #refusals = 0;
  #repeated = false;
  #reachedServer = false;

  constructor(parts: CallParts, method: MethodDefinition, options: CallOptions) {
    this.#parts = parts;
    this.#idempotent = options.idempotent === true;
    this.#streaming = method.requestStream || method.responseStream;
    this.#time = new CallTime(parts.clock, options);
    parts.budget.deposit(parts.clock.now());
  }

  /** For the connection that `start` gave. */
  options(): CallOptions {
    return this.#time.options();
  }

  /** Chooses an endpoint and waits until its connection is open. Throws what the call ends with. */
  async start(): Promise<Connection> {
    while (true) {
      const { endpoints, pool, clock, metrics } = this.#parts;
      const endpoint = this.#pick() ?? (await this.#firstKnown());
      const pooled = pool.acquire(endpoint.address);
      const now = clock.now();
      this.#attempt = { endpoint, pooled, begunAt: now, firstAnswerMs: undefined };
      endpoints.onStart(endpoint, now);
      metrics.attempt();
      if (pooled.open) return pooled.connection;
      try {
        const leftMs = this.#time.leftMs();
        await this.#time.within(leftMs < CONNECT_MS ? leftMs : Infinity, (signal) =>
          abortable(pooled.opened(), signal),
        );
      } catch (error) {
        this.failed(error);
        continue;
      }
      this.#attempt.begunAt = clock.now();
      return pooled.connection;
    }
  }

  /** A response of a stream arrived. */
  answered(): void {
    const attempt = this.#attempt;
    if (attempt !== undefined) attempt.firstAnswerMs ??= this.#parts.clock.now() - attempt.begunAt;
  }

  succeeded(): void {
    this.#end('ok');
  }

  /** The caller left a stream before its end. Nothing happens after any other end. */
  left(): void {
    this.#end(this.#attempt?.firstAnswerMs === undefined ? 'cancelled' : 'ok');
  }

  /**
   * The attempt failed.
   * @param repeatable whether the same could be sent again
   * @throws what the call ends with, unless there is another try
   */
  failed(error: unknown, repeatable = true): void {
    const attempt = this.#attempt;
    if (attempt === undefined) throw error;
    if (!(error instanceof RpcError)) {
      // Of the caller's own making: a request that cannot be encoded, a source that failed.
      this.#end('cancelled', 0);
      throw error;
    }
    const { endpoint, pooled } = attempt;
    const { endpoints, metrics } = this.#parts;
    const refused = error.kind === 'unavailable' && !error.reachedServer;
    // A deadline that passes before the call is sent may be that of a connection gone without a word.
    if (error.kind === 'unavailable' || (error.kind === 'deadline' && !error.reachedServer)) pooled.doubt();
    if (refused) this.#end('cancelled', 0);
    else this.#end(this.#resultOf(error, attempt));
    if (refused) {
      endpoints.refused(endpoint);
      metrics.refusal();
    }
    this.#last = error;
    this.#reachedServer ||= error.reachedServer;
    this.#tried = (this.#tried ?? new Set()).add(endpoint.address);
    if (!repeatable || error.kind !== 'unavailable' || !this.#mayRepeat(error, this.#tried)) throw this.#ended(error);
  }

  #mayRepeat(error: RpcError, tried: ReadonlySet<string>): boolean {
    const { endpoints, clock, budget, metrics } = this.#parts;
    // Looked for first: a budget is not spent on nothing.
    if (!endpoints.current().some(({ address }) => !tried.has(address))) return false;
    if (!error.reachedServer) {
      this.#refusals += 1;
      return this.#refusals <= REFUSALS_FREE || budget.tryWithdraw(clock.now());
    }
    if (!this.#idempotent || this.#repeated || !budget.tryWithdraw(clock.now())) return false;
    this.#repeated = true;
    metrics.retry();
    return true;
  }

  #pick(): Endpoint | undefined {
    const { endpoints, clock } = this.#parts;
    const tried = this.#tried;
    const now = clock.now();
    return endpoints.pick(tried === undefined ? { now } : { now, exclude: ({ address }) => tried.has(address) });
  }

  async #firstKnown(): Promise<Endpoint> {
    if (this.#last !== undefined) throw this.#ended(this.#last);
    const { service, endpoints } = this.#parts;
    try {
      await this.#time.within(Math.min(KNOWN_MS, this.#time.leftMs()), (signal) => endpoints.known(signal));
    } catch (error) {
      throw this.#isLate(error) ? new NoEndpointError(service, 'unknown') : rpcErrorOf(error);
    }
    const endpoint = this.#pick();
    if (endpoint === undefined) throw new NoEndpointError(service, 'none');
    return endpoint;
  }

  #isLate(error: unknown): boolean {
    return error instanceof RpcError && error.kind === 'deadline' && !this.#time.givenUp;
  }

  #resultOf(error: RpcError, { firstAnswerMs }: Attempt): Outcome['result'] {
    if (error.kind !== 'deadline') return RESULT[error.kind];
    // A stream may have nothing to say until its deadline, and a call that was not sent says nothing of the endpoint.
    if (this.#streaming || !error.reachedServer) return firstAnswerMs === undefined ? 'cancelled' : 'ok';
    return 'failed';
  }

  /** Once an attempt. */
  #end(result: Outcome['result'], latencyMs?: number): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#attempt = undefined;
    const { endpoints, pool, clock } = this.#parts;
    const now = clock.now();
    endpoints.onEnd(attempt.endpoint, { result, latencyMs: latencyMs ?? this.#latencyMs(attempt, result, now) }, now);
    pool.release(attempt.pooled);
  }

  #latencyMs({ begunAt, firstAnswerMs }: Attempt, result: Outcome['result'], now: Millis): number {
    // How long a stream was listened to is no latency.
    if (this.#streaming && result === 'cancelled') return 0;
    return firstAnswerMs ?? now - begunAt;
  }

  /** The error of the last attempt, and what came before it. */
  #ended(error: RpcError): RpcError {
    const tried = this.#tried;
    if (tried === undefined || tried.size < 2) return error;
    const { code, kind, fix, context } = error;
    return new RpcError(error.message, {
      code,
      kind,
      fix,
      context: {
        ...context,
        service: this.#parts.service,
        attempts: tried.size,
        tried: [...tried].slice(0, NAMED_MAX).join(' '),
      },
      reachedServer: error.reachedServer || this.#reachedServer,
      cause: error,
    });
  }
}

/** Endpoints named in an error, for people. */
const NAMED_MAX = 8;

/** What the kind of an error says about the endpoint that gave it; `deadline` depends. */
const RESULT = {
  invalid: 'ok',
  'out-of-range': 'ok',
  'not-found': 'ok',
  conflict: 'ok',
  precondition: 'ok',
  unauthenticated: 'ok',
  forbidden: 'ok',
  unimplemented: 'ok',
  // An overloaded server says so at once, which must not make it the fastest.
  exhausted: 'failed',
  unavailable: 'failed',
  internal: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<Exclude<ErrorKind, 'deadline'>, Outcome['result']>;
