import type { Clock } from '@portolan/kernel';
import type { RetryBudget } from '@portolan/resilience';
import type { CallOptions, MethodDefinition, RpcChannel } from '@portolan/rpc';
import type { Registry } from '@portolan/telemetry';
import type { EndpointSet } from '../discovery.ts';
import { BalancedCall, type CallParts } from './balanced-call.ts';
import { callMetrics } from './call-metrics.ts';
import { ChannelClosedError } from './calling-errors.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { RepeatableRequests } from './repeatable-requests.ts';

export interface BalancedChannelOptions {
  readonly service: string;
  readonly endpoints: EndpointSet;
  /** Shared by all channels of a process. */
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  /** What idempotent calls may add to the traffic; shared by all channels of a process. */
  readonly budget: RetryBudget;
  /** Where `discovery_call_*` metrics are registered. */
  readonly metrics?: Registry | undefined;
}

/** Each call is balanced by itself. Disposing takes no new calls; those under way go on, until the pool is disposed. */
export function createBalancedChannel(options: BalancedChannelOptions): RpcChannel {
  return new BalancedChannel(options);
}

class BalancedChannel implements RpcChannel {
  readonly #parts: CallParts;
  readonly #followed: Disposable;
  #closed = false;

  constructor({ service, endpoints, pool, clock, budget, metrics }: BalancedChannelOptions) {
    this.#parts = { service, endpoints, pool, clock, budget, metrics: callMetrics(service, metrics) };
    this.#followed = pool.follow(endpoints);
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const call = this.#begin(method, options);
    while (true) {
      const connection = await call.start();
      let response: Response;
      try {
        response = await connection.unary(method, request, call.options());
      } catch (error) {
        call.failed(error);
        continue;
      }
      call.succeeded();
      return response;
    }
  }

  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options: CallOptions = {},
  ): AsyncGenerator<Response, void> {
    const call = this.#begin(method, options);
    const source = new RepeatableRequests(requests);
    let answered = false;
    try {
      while (true) {
        const connection = await call.start();
        try {
          for await (const response of connection.stream(method, source.attempt(), call.options())) {
            answered = true;
            call.answered();
            yield response;
          }
        } catch (error) {
          // Once it was answered it has reached a server; a channel does not know where a stream goes on.
          call.failed(error, !answered && source.repeatable);
          continue;
        }
        call.succeeded();
        return;
      }
    } finally {
      call.left();
      source.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#followed[Symbol.dispose]();
  }

  #begin(method: MethodDefinition, options: CallOptions): BalancedCall {
    if (this.#closed) throw new ChannelClosedError();
    return new BalancedCall(this.#parts, method, options);
  }
}
