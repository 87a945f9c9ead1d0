import type { Metadata } from '@grpc/grpc-js';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

export interface RpcLimits {
  /** One message, either way. gRPC's own default: what needs more is a stream. */
  readonly messageBytes: number;
  /** All metadata of a call. Twice gRPC's usual 8 KiB; Node itself refuses 64 KiB. */
  readonly metadataBytes: number;
  /** Calls at a time on one connection; the peer queues the next. */
  readonly concurrentStreams: number;
  /** Calls at a time in this server; the next is refused, since queueing it would only add latency. */
  readonly callsInFlight: number;
}

export const DEFAULT_LIMITS: RpcLimits = {
  messageBytes: 4 * 1_024 * 1_024,
  metadataBytes: 16 * 1_024,
  concurrentStreams: 1_024,
  callsInFlight: 16_384,
};

/** A message or the metadata of a call is larger than this side accepts. */
export class LimitExceededError extends PortolanError {
  readonly code = 'RPC_LIMIT_EXCEEDED';
  readonly kind: ErrorKind = 'exhausted';
}

/** @throws LimitExceededError */
export function checkMessage(bytes: Buffer, what: 'request' | 'response', limits: RpcLimits): void {
  if (bytes.length <= limits.messageBytes) return;
  throw new LimitExceededError(`the ${what} has ${bytes.length} bytes, the limit is ${limits.messageBytes}`, {
    fix: 'send less at a time: a page, or a stream',
    context: { limit: 'messageBytes', max: limits.messageBytes, bytes: bytes.length },
  });
}

/** @throws LimitExceededError */
export function checkMetadata(metadata: Metadata, limits: RpcLimits): void {
  let bytes = 0;
  for (const [name, values] of Object.entries(metadata.toHttp2Headers())) {
    for (const value of Array.isArray(values) ? values : [values]) bytes += name.length + String(value).length;
  }
  checkMetadataBytes(bytes, limits);
}

/** @throws LimitExceededError */
export function checkMetadataBytes(bytes: number, limits: RpcLimits): void {
  if (bytes <= limits.metadataBytes) return;
  throw new LimitExceededError(`the metadata has ${bytes} bytes, the limit is ${limits.metadataBytes}`, {
    fix: 'put data into messages, not into metadata',
    context: { limit: 'metadataBytes', max: limits.metadataBytes, bytes },
  });
}
