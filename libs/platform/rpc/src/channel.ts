import type { CallOptions } from './call.ts';
import type { MethodDefinition } from './method.ts';

/**
 * Where calls go: one connection, or many endpoints behind a balancer. Clients are made of it by `createClient`.
 * Every failure is an `RpcError`.
 */
export interface RpcChannel extends AsyncDisposable {
  unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response>;
  /**
   * All three streaming kinds. The call begins with the first `next()`, so a result that is not iterated costs nothing,
   * and leaving the loop early cancels it. Back-pressure reaches both ways.
   */
  stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options?: CallOptions,
  ): AsyncIterable<Response>;
}
