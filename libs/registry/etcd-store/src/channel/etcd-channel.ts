import { AuthService } from '@portolan/contracts/etcd/auth';
import { connectFast } from '@portolan/grpc';
import { abortable, type Clock, type ErrorKind, type Rng } from '@portolan/kernel';
import { OutcomeUnknownError, StoreClosedError } from '@portolan/kv';
import { backoff, createRetryBudget, type BackoffOptions } from '@portolan/resilience';
import { createClient, RpcError, type Connection, type MethodDefinition, type TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { EtcdAccessError } from '../errors.ts';
import type { EtcdCredentials } from '../etcd-address.ts';
import { refusalOf } from './etcd-refusal.ts';

/** Quick after a blip, at most once a second while the cluster stays away. */
export const BACKOFF: BackoffOptions = { baseMs: 50, maxMs: 1_000, factor: 2 };

/** A member that does not answer by then is left for the next one. Above an election (1 s by default), which most waits are. */
const ATTEMPT_MS = 2_500;

/** An answer of etcd: it sends what was asked for, however large. A bound for our memory, far above what a caller should ask for. */
const MESSAGE_BYTES_MAX = 64 * 1024 ** 2;

/**
 * - `read`: doing it twice does no more than once, and its answer is all that matters
 * - `once`: the same, but an answer that was lost leaves it unknown whether it was done
 * - `write`: never sent again unless it is certain that nobody began with it
 */
type Repeatable = 'read' | 'once' | 'write';

export interface CallTerms {
  readonly repeatable: Repeatable;
  readonly signal: AbortSignal | undefined;
}

export interface EtcdChannelOptions {
  readonly endpoints: readonly string[];
  readonly credentials: EtcdCredentials | undefined;
  readonly tls: TlsIdentity | undefined;
  readonly clock: Clock;
  /** Which member comes first, and the jitter of retries. */
  readonly rng: Rng;
  /** Of one call, all its attempts together. */
  readonly timeoutMs: number;
}

/** Where a call goes now. */
export interface Route {
  readonly connection: Connection;
  /** To be sent with the call. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The members of an etcd cluster as one: calls go to one of them until it fails, then to the next. */
export class EtcdChannel implements AsyncDisposable {
  readonly #options: EtcdChannelOptions;
  readonly #connections: readonly Connection[];
  readonly #budget = createRetryBudget();
  #current: number;
  #token: Promise<string> | undefined;
  #isClosed = false;

  constructor(options: EtcdChannelOptions) {
    this.#options = options;
    const { endpoints, tls, rng } = options;
    const limits = { messageBytes: MESSAGE_BYTES_MAX };
    this.#connections = endpoints.map((endpoint) => connectFast(endpoint, { tls, limits }));
    this.#current = rng.below(endpoints.length);
  }

  /** @throws EtcdAccessError, RpcError */
  async route(signal: AbortSignal | undefined): Promise<Route> {
    const connection = this.#connections[this.#current];
    if (this.#isClosed || connection === undefined) throw new StoreClosedError();
    const { credentials } = this.#options;
    if (credentials === undefined) return { connection, headers: {} };
    // Of all who ask: none of them ends it for the others.
    const token = (this.#token ??= this.#authenticate(connection, credentials));
    return { connection, headers: { token: await (signal === undefined ? token : abortable(token, signal)) } };
  }

  /** It failed, or its token did: the next route is another one, if there is another. */
  leave({ connection }: Route, error: unknown): void {
    if (refusalOf(error) === 'token') this.#token = undefined;
    else if (this.#connections[this.#current] === connection) {
      this.#current = (this.#current + 1) % this.#connections.length;
    }
  }

  /** @throws RpcError, OutcomeUnknownError (not of reads), EtcdAccessError, StoreClosedError, the signal's reason */
  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    { repeatable, signal }: CallTerms,
  ): Promise<Response> {
    const { clock, rng, timeoutMs } = this.#options;
    const deadline = clock.now() + timeoutMs;
    let mayBeDone = false;
    this.#budget.deposit(clock.now());
    for (let attempt = 0; ; attempt += 1) {
      const route: { at?: Route } = {};
      try {
        route.at = await this.route(signal);
        const { connection, headers } = route.at;
        const left = Math.max(1, Math.min(ATTEMPT_MS, deadline - clock.now()));
        return await connection.unary(method, request, { headers, timeoutMs: left, ...(signal && { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#isClosed) throw new StoreClosedError();
        if (!(error instanceof RpcError)) throw error;
        if (route.at !== undefined) this.leave(route.at, error);
        const isUnsent = isCertainlyNotDone(error);
        if (!isUnsent && SILENT.has(error.kind) && repeatable !== 'read') mayBeDone = true;
        const isOver = !MAY_PASS.has(error.kind) && refusalOf(error) !== 'token';
        const delayMs = backoff(BACKOFF, attempt, rng);
        const isLast = clock.now() + delayMs >= deadline || !this.#budget.tryWithdraw(clock.now());
        if (isOver || isLast || (repeatable === 'write' && !isUnsent)) {
          // What was answered is answered; only silence leaves it open what an attempt has done.
          throw mayBeDone && (isUnsent || SILENT.has(error.kind)) ? new OutcomeUnknownError(error) : error;
        }
        await sleep(clock, delayMs, signal ?? NEVER);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) await connection[Symbol.asyncDispose]();
  }

  async #authenticate(connection: Connection, { user, password }: EtcdCredentials): Promise<string> {
    try {
      const auth = createClient(AuthService, connection);
      const { token } = await auth.authenticate({ name: user, password }, { timeoutMs: ATTEMPT_MS });
      return token;
    } catch (error) {
      this.#token = undefined;
      if (refusalOf(error) !== 'access') throw error;
      throw new EtcdAccessError('it is not let in with this user and password', error);
    }
  }
}

const NEVER = new AbortController().signal;

/** Failures that another attempt, or another member, may not have. */
const MAY_PASS: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unavailable', 'deadline']);

/** Failures that say nothing about whether what was sent has been done. */
const SILENT: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unavailable', 'deadline', 'cancelled', 'internal']);

function isCertainlyNotDone(error: RpcError): boolean {
  const refusal = refusalOf(error);
  return !error.reachedServer || refusal === 'no-leader' || refusal === 'token';
}
