import { failureOf } from '@portolan/rpc/serving';
import type { Logger } from '@portolan/telemetry';
import { toEtcdError } from '../to-etcd-error.ts';

/** How a call failed, as JSON says it. */
export interface GatewayFailure {
  readonly http: number;
  /** Of gRPC. */
  readonly code: number;
  readonly message: string;
}

/** grpc-gateway's table (`runtime/errors.go`); what is not in it is 500. */
const HTTP_OF_GRPC: ReadonlyMap<number, number> = new Map([
  [1, 499],
  [3, 400],
  [4, 504],
  [5, 404],
  [6, 409],
  [7, 403],
  [8, 429],
  [9, 400],
  [10, 409],
  [11, 400],
  [12, 501],
  [14, 503],
  [16, 401],
]);

export function failureOfCall(error: unknown, method: string, logger: Logger): GatewayFailure {
  const { code, message } = failureOf(toEtcdError(error), method, logger);
  return { http: HTTP_OF_GRPC.get(code) ?? 500, code, message };
}

/** Patroni and others read `error`, newer ones `message`: it is the same. */
export function failureText({ code, message }: GatewayFailure): string {
  return JSON.stringify({ error: message, code, message });
}

/** In a stream that was begun. */
export function brokenText({ http, code, message }: GatewayFailure): string {
  return JSON.stringify({ error: { grpc_code: code, http_code: http, message, code, details: [] } });
}
