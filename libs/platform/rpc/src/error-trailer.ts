import { Metadata, type ServiceError, type status as grpcStatus, type StatusObject } from '@grpc/grpc-js';
import { ErrorDetail } from '@portolan/contracts/error';
import { ERROR_KINDS, type PortolanError, type ErrorKind } from '@portolan/kernel';
import { RpcError } from './rpc-error.ts';
import { grpcStatusName, grpcStatusOf, kindOfGrpcStatus } from './status.ts';

/** Carries the typed error beside the status, as an `ErrorDetail`. */
export const ERROR_TRAILER = 'portolan-error-bin';
/** Trailers share the peer's header limit, 64 KiB in Node; a text beyond this is cut. */
const TEXT_CHARACTERS_MAX = 2_048;
const CONTEXT_ENTRIES_MAX = 16;
const CONTEXT_CHARACTERS_MAX = 256;

/** What the caller may see of an error; also for a stream that goes on after one request has failed. */
export function errorDetailOf(error: PortolanError): ErrorDetail {
  return {
    code: error.code,
    kind: error.kind,
    message: cut(error.message, TEXT_CHARACTERS_MAX),
    fix: cut(error.fix, TEXT_CHARACTERS_MAX),
    context: Object.fromEntries(
      Object.entries(error.context)
        .slice(0, CONTEXT_ENTRIES_MAX)
        .map(([name, value]) => [cut(name, CONTEXT_CHARACTERS_MAX), cut(String(value), CONTEXT_CHARACTERS_MAX)]),
    ),
  };
}

/** How a call ended that was not answered. */
export interface CallFailure {
  readonly code: grpcStatus;
  readonly message: string;
  /** What goes into `ERROR_TRAILER`. */
  readonly detail: Buffer;
}

/** The status and trailer of an error that the caller may see. */
export function failureOfError(error: PortolanError): CallFailure {
  const detail = errorDetailOf(error);
  return {
    code: grpcStatusOf(error.kind),
    message: detail.message,
    detail: Buffer.from(ErrorDetail.encode(detail).finish()),
  };
}

/** The same for grpc-js. */
export function statusOfFailure({ code, message, detail }: CallFailure): StatusObject {
  const metadata = new Metadata();
  metadata.set(ERROR_TRAILER, detail);
  return { code, details: message, metadata };
}

/**
 * The error that a call ended with.
 * @param method for the message, when the peer sent none of ours
 * @param detail what came in `ERROR_TRAILER`
 */
export function errorOfFailure(
  { code, message, detail }: { readonly code: number; readonly message: string; readonly detail: Buffer | undefined },
  method: string,
  address: string,
  reachedServer: boolean,
): RpcError {
  const told = detail === undefined ? undefined : decode(detail);
  if (told !== undefined) {
    return new RpcError(told.message, {
      code: told.code,
      kind: knownKind(told.kind) ?? kindOfGrpcStatus(code),
      fix: told.fix,
      context: told.context,
      reachedServer,
    });
  }
  const kind = kindOfGrpcStatus(code);
  return new RpcError(`${method} at ${address}: ${message}`, {
    code: reachedServer ? `RPC_${grpcStatusName(code)}` : 'RPC_NOT_CONNECTED',
    kind,
    fix: reachedServer ? FIX[kind] : `see that a server listens at ${address}, or call another one`,
    context: { method, address },
    reachedServer,
  });
}

/** The same for grpc-js. */
export function errorOfStatus(status: ServiceError, method: string, address: string, reachedServer: boolean): RpcError {
  const [trailer] = status.metadata.get(ERROR_TRAILER);
  const detail = Buffer.isBuffer(trailer) ? trailer : undefined;
  return errorOfFailure({ code: status.code, message: status.details, detail }, method, address, reachedServer);
}

const FIX: Record<ErrorKind, string> = {
  invalid: 'correct the request',
  'out-of-range': 'ask within the range',
  'not-found': 'ask for what exists',
  conflict: 'read again, then decide',
  precondition: 'change the state first',
  unauthenticated: 'say who you are',
  forbidden: 'ask as somebody who may',
  exhausted: 'stay under the limit that the message names, or back off',
  unavailable: 'try again, elsewhere or later',
  deadline: 'wait longer, or find out what was slow by its trace id',
  cancelled: 'nothing: the caller no longer wanted the answer',
  unimplemented: 'call a server that has this method: it may be older',
  internal: "look for the trace id in the server's log",
};

function decode(trailer: Buffer): ErrorDetail | undefined {
  try {
    const detail = ErrorDetail.decode(trailer);
    return detail.code === '' ? undefined : detail;
  } catch {
    // A foreign server's trailer of the same name: the status alone counts.
    return undefined;
  }
}

function knownKind(kind: string): ErrorKind | undefined {
  return ERROR_KINDS.find((known) => known === kind);
}

// Half a surrogate pair would make grpc-js throw while it encodes the status.
function cut(text: string, charactersMax: number): string {
  return (text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`).toWellFormed();
}
