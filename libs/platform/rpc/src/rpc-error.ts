import { PortolanError, type ErrorContext, type ErrorKind } from '@portolan/kernel';

export interface RpcErrorDetails {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly fix: string;
  readonly reachedServer: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/**
 * Why a call failed. When the server threw a PortolanError, this has its code, kind, message, fix and context;
 * otherwise `code` is `RPC_` and the gRPC status, or one of those in the README.
 */
export class RpcError extends PortolanError {
  readonly code: string;
  readonly kind: ErrorKind;
  /**
   * False only when it is certain that the server did not begin the call: no connection, never sent, or refused
   * before its handler ran. Then even a call that is not idempotent can be repeated elsewhere.
   */
  readonly reachedServer: boolean;

  constructor(message: string, details: RpcErrorDetails) {
    super(message, {
      fix: details.fix,
      cause: details.cause,
      ...(details.context !== undefined && { context: details.context }),
    });
    this.code = details.code;
    this.kind = details.kind;
    this.reachedServer = details.reachedServer;
  }
}

/** What an aborted signal means to a call: its deadline has passed, or somebody no longer wants the answer. */
export function cancellationOf(reason: unknown, reachedServer: boolean): RpcError {
  if (isDeadline(reason)) {
    return new RpcError('the deadline passed before the call ended', {
      code: 'RPC_DEADLINE_EXCEEDED',
      kind: 'deadline',
      fix: 'wait longer, or find out what was slow by its trace id',
      reachedServer,
      cause: reason,
    });
  }
  return new RpcError('the call was cancelled', {
    code: 'RPC_CANCELLED',
    kind: 'cancelled',
    fix: 'nothing: the caller no longer wanted the answer',
    reachedServer,
    cause: reason,
  });
}

function isDeadline(reason: unknown): boolean {
  if (reason instanceof PortolanError) return reason.kind === 'deadline';
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
