import { status as grpcStatus } from '@grpc/grpc-js';
import type { ErrorKind } from '@portolan/kernel';

interface StatusRow {
  readonly grpc: grpcStatus;
  readonly http: number;
}

/** The one place where a kind of error becomes a status code, and back. */
const STATUS = {
  invalid: { grpc: grpcStatus.INVALID_ARGUMENT, http: 400 },
  'out-of-range': { grpc: grpcStatus.OUT_OF_RANGE, http: 400 },
  'not-found': { grpc: grpcStatus.NOT_FOUND, http: 404 },
  conflict: { grpc: grpcStatus.ABORTED, http: 409 },
  // Not 412, which is for a request that names its condition in a header.
  precondition: { grpc: grpcStatus.FAILED_PRECONDITION, http: 409 },
  unauthenticated: { grpc: grpcStatus.UNAUTHENTICATED, http: 401 },
  forbidden: { grpc: grpcStatus.PERMISSION_DENIED, http: 403 },
  exhausted: { grpc: grpcStatus.RESOURCE_EXHAUSTED, http: 429 },
  unavailable: { grpc: grpcStatus.UNAVAILABLE, http: 503 },
  deadline: { grpc: grpcStatus.DEADLINE_EXCEEDED, http: 504 },
  // Nobody reads it any more; nginx's "client closed request" is what logs and dashboards know.
  cancelled: { grpc: grpcStatus.CANCELLED, http: 499 },
  unimplemented: { grpc: grpcStatus.UNIMPLEMENTED, http: 501 },
  internal: { grpc: grpcStatus.INTERNAL, http: 500 },
} as const satisfies Record<ErrorKind, StatusRow>;

const KIND_OF_GRPC: ReadonlyMap<number, ErrorKind> = new Map<number, ErrorKind>([
  [grpcStatus.INVALID_ARGUMENT, 'invalid'],
  [grpcStatus.OUT_OF_RANGE, 'out-of-range'],
  [grpcStatus.NOT_FOUND, 'not-found'],
  [grpcStatus.ABORTED, 'conflict'],
  [grpcStatus.ALREADY_EXISTS, 'conflict'],
  [grpcStatus.FAILED_PRECONDITION, 'precondition'],
  [grpcStatus.UNAUTHENTICATED, 'unauthenticated'],
  [grpcStatus.PERMISSION_DENIED, 'forbidden'],
  [grpcStatus.RESOURCE_EXHAUSTED, 'exhausted'],
  [grpcStatus.UNAVAILABLE, 'unavailable'],
  [grpcStatus.DEADLINE_EXCEEDED, 'deadline'],
  [grpcStatus.CANCELLED, 'cancelled'],
  [grpcStatus.UNIMPLEMENTED, 'unimplemented'],
]);

export function httpStatusOf(kind: ErrorKind): number {
  return STATUS[kind].http;
}

export function grpcStatusOf(kind: ErrorKind): grpcStatus {
  return STATUS[kind].grpc;
}

/** What peers of other making mean: a code without a kind of its own (UNKNOWN, DATA_LOSS) is `internal`. */
export function kindOfGrpcStatus(code: number): ErrorKind {
  return KIND_OF_GRPC.get(code) ?? 'internal';
}

/** `UNAVAILABLE` for 14: for logs, metrics and codes. */
export function grpcStatusName(code: number): string {
  return grpcStatus[code] ?? `STATUS_${code}`;
}
