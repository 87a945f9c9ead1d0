import type { EpochMillis } from '@portolan/kernel';
import type { CallOptions } from './call.ts';
import { checkMessage, LimitExceededError, type RpcLimits } from './limits.ts';
import type { MethodDefinition } from './method.ts';
import { cancellationOf, RpcError } from './rpc-error.ts';

/** What setTimeout can wait, and gRPC's servers with it: about 24 days. A call that may take longer has no deadline. */
const DEADLINE_MS_MAX = 2 ** 31 - 1;

/**
 * When the caller stops waiting; Infinity when it waits as long as it takes.
 * @throws RpcError when that has passed
 */
export function deadlineOf({ deadline, timeoutMs }: CallOptions, now: EpochMillis): number {
  const earlier = Math.min(deadline ?? Infinity, timeoutMs === undefined ? Infinity : now + timeoutMs);
  if (earlier <= now) throw cancellationOf(new DOMException('the deadline has passed', 'TimeoutError'), false);
  return earlier - now > DEADLINE_MS_MAX ? Infinity : earlier;
}

/** A limit of this side, before anything was sent. @throws RpcError */
export function notSent(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    const { code, kind, fix, context } = error;
    throw new RpcError(error.message, { code, kind, fix, context, reachedServer: false, cause: error });
  }
}

/** @throws RpcError when it is larger than is sent */
export function encodeRequest<Request>(method: MethodDefinition<Request>, request: Request, limits: RpcLimits): Buffer {
  const bytes = method.requestSerialize(request);
  notSent(() => {
    checkMessage(bytes, 'request', limits);
  });
  return bytes;
}

/** @throws RpcError */
export function decodeResponse<Response>(
  method: MethodDefinition<unknown, Response>,
  bytes: Buffer,
  address: string,
): Response {
  try {
    return method.responseDeserialize(bytes);
  } catch (error) {
    throw new RpcError(`the answer of ${method.path} at ${address} is malformed`, {
      code: 'RPC_MALFORMED_RESPONSE',
      kind: 'internal',
      fix: 'see that both sides were built from compatible contracts',
      context: { method: method.path, address },
      reachedServer: true,
      cause: error,
    });
  }
}

/** Nobody listens there, or nobody answers in time. */
export function notConnectedError(address: string, cause?: unknown): RpcError {
  return new RpcError(`cannot connect to ${address}`, {
    code: 'RPC_NOT_CONNECTED',
    kind: 'unavailable',
    fix: `see that a server listens at ${address}, or call another one`,
    context: { address },
    reachedServer: false,
    cause,
  });
}

export function closedError(address: string): RpcError {
  return new RpcError(`the connection to ${address} was closed here`, {
    code: 'RPC_CONNECTION_CLOSED',
    kind: 'cancelled',
    fix: 'end calls before disposing their connection',
    context: { address },
    // A call under way when it was closed may have been begun; who closes a connection repeats nothing on it.
    reachedServer: true,
  });
}
