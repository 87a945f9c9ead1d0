import { STATUS_CODES } from 'node:http';
import type { Writable } from 'node:stream';
import type { PortolanError } from '@portolan/kernel';
import { httpStatusOf } from '@portolan/rpc';
import { GatewayError } from '../errors.ts';
import { RETRY_AFTER_S } from './limits.ts';

/** What a client is told when the gateway answers itself: RFC 9457. */
export interface Problem {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly body: string;
}

export function problemOf(error: PortolanError, traceId: string): Problem {
  const status = error instanceof GatewayError ? error.status : httpStatusOf(error.kind);
  const reason = STATUS_CODES[status] ?? 'Error';
  const body = `${JSON.stringify({
    type: 'about:blank',
    title: reason,
    status,
    detail: error.message,
    code: error.code,
    fix: error.fix,
    traceId,
  })}\n`;
  const fields = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    ...(error.kind === 'unavailable' ? ['Retry-After', String(RETRY_AFTER_S)] : []),
  ];
  return { status, reason, fields, body };
}

/** Answers on a connection that has no response object: one that sent no HTTP, or asked for another protocol. */
export function writeRawProblem(socket: Writable, problem: Problem): void {
  if (!socket.writable) return;
  const head = [`HTTP/1.1 ${problem.status} ${problem.reason}`, 'Connection: close'];
  for (let at = 0; at < problem.fields.length; at += 2) {
    head.push(`${problem.fields[at] ?? ''}: ${problem.fields[at + 1] ?? ''}`);
  }
  socket.end(`${head.join('\r\n')}\r\n\r\n${problem.body}`);
}
