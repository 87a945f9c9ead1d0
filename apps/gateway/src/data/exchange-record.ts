import type { IncomingMessage } from 'node:http';

/** What became of one request: for the access log and the metrics. */
export interface ExchangeRecord {
  readonly method: string;
  /** Host and port as asked for. */
  readonly host: string;
  /** Without the query, which may hold what is nobody's business. */
  readonly path: string;
  /** Undefined: the client left before it was answered. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** Endpoints that were tried. */
  readonly attempts: number;
  readonly clientGone: boolean;
  readonly route?: string;
  readonly service?: string;
  /** The id of the endpoint that was tried last. */
  readonly endpoint?: string;
  /** Why the gateway answered itself. */
  readonly code?: string;
  readonly detail?: string;
}

/** A record that is being written. */
export type OpenRecord = { -readonly [Key in keyof ExchangeRecord]: ExchangeRecord[Key] };

export function openRecord(request: IncomingMessage): OpenRecord {
  return {
    method: request.method ?? '',
    host: '',
    path: '',
    status: undefined,
    durationMs: 0,
    attempts: 0,
    clientGone: false,
  };
}
