import type { Clock } from '@portolan/kernel';
import { RpcError, type CallOptions, type MethodDefinition, type RpcChannel } from '@portolan/rpc';
import { RegistryUnavailableError } from '../errors.ts';
import type { RegistryConnection } from './registry-connection.ts';
import type { RegistryLink } from './registry-link.ts';

/** How long a call without an earlier deadline waits for a connection, while it is not known whether a registry is there. */
export const WAIT_MS = 5_000;

/**
 * Sends each call to the registry node that is good now; fails it at once while none answers, so that whoever can do without
 * does. Disposing it ends nothing: the connection is discovery's.
 */
export class RegistryChannel implements RpcChannel {
  readonly #link: RegistryLink;
  readonly #clock: Clock;

  constructor(link: RegistryLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const until = this.#until(options);
    const { timeoutMs } = options;
    const begun = this.#clock.now();
    while (true) {
      const connection = await this.#connection(options, until);
      const left = timeoutMs === undefined ? {} : { timeoutMs: timeoutMs - (this.#clock.now() - begun) };
      try {
        return await connection.unary(method, request, { ...options, ...left });
      } catch (error) {
        const isUnable = hasNoLeader(error);
        if (!neverBegan(error) && !isUnable) throw error;
        this.#link.lost(connection, error);
        if (isUnable && this.#clock.now() >= until) throw error;
      }
    }
  }

  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options: CallOptions = {},
  ): AsyncGenerator<Response, void> {
    // Not repeated here: whoever reads a stream knows where to go on, and the requests may be half read.
    const connection = await this.#connection(options, this.#until(options));
    try {
      yield* connection.stream(method, requests, options);
    } catch (error) {
      if (neverBegan(error) || hasNoLeader(error)) this.#link.lost(connection, error);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing of its own.
  }

  /** On the monotonic clock. */
  #until({ deadline, timeoutMs }: CallOptions): number {
    const leftMs = Math.min(
      WAIT_MS,
      timeoutMs ?? Infinity,
      deadline === undefined ? Infinity : deadline - this.#clock.epoch(),
    );
    return this.#clock.now() + leftMs;
  }

  /** @throws RpcError: RegistryUnavailableError when none answers, or not in time */
  async #connection(options: CallOptions, until: number): Promise<RegistryConnection> {
    const { current } = this.#link;
    if (current !== undefined) return current;
    const late = new AbortController();
    const giveUp = (): void => {
      late.abort();
    };
    const timer = this.#clock.after(until - this.#clock.now(), giveUp);
    const giveUpIfAway = (): void => {
      if (this.#link.state === 'away') giveUp();
    };
    const unsubscribe = this.#link.subscribe(giveUpIfAway);
    giveUpIfAway();
    try {
      return await this.#link.connected(
        options.signal === undefined ? late.signal : AbortSignal.any([late.signal, options.signal]),
      );
    } catch (error) {
      if (late.signal.aborted) throw new RegistryUnavailableError(this.#link.addresses, this.#link.failure);
      throw new RpcError('the call was cancelled before a registry answered', {
        code: 'RPC_CANCELLED',
        kind: 'cancelled',
        fix: 'nothing: the caller no longer wanted the answer',
        reachedServer: false,
        cause: error,
      });
    } finally {
      timer.cancel();
      unsubscribe();
    }
  }
}

/** Of a member that knows no leader, or has stopped: what was asked has certainly had no effect, and another one may know better. */
const UNABLE: ReadonlySet<string> = new Set(['RAFT_NO_LEADER', 'RAFT_READ_TIMEOUT', 'RAFT_MEMBER_STOPPED']);

function hasNoLeader(error: unknown): boolean {
  return error instanceof RpcError && UNABLE.has(error.code);
}

/** The connection is gone, and the call with it before it reached the registry: it may go to another node. */
function neverBegan(error: unknown): boolean {
  return error instanceof RpcError && error.kind === 'unavailable' && !error.reachedServer;
}
