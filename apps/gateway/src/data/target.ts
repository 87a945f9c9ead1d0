import type { IncomingMessage } from 'node:http';
import { pathOf } from '@portolan/routing';
import { MalformedRequestError, UnsupportedError } from '../errors.ts';

/** What a request asks for. */
export interface Target {
  /** Host and port as the client named them; empty for an HTTP/1.0 client that named none. */
  readonly authority: string;
  /** Plain, without query. */
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly query: string;
}

/** A name, an IPv4 address or an IPv6 address in brackets; and a port. */
const AUTHORITY = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Reads the request line and Host (RFC 9112 §3.2). The authority of a target in absolute form counts more than Host.
 * @throws MalformedRequestError without exactly one Host (HTTP/1.1), or with one that is none
 * @throws AmbiguousPathError of `pathOf`
 * @throws UnsupportedError for TRACE, which would show a client what proxies add
 */
export function readTarget(request: IncomingMessage): Target {
  if (request.method === 'TRACE') {
    throw new UnsupportedError('TRACE is not forwarded', { fix: 'use another method' });
  }
  const absolute = ABSOLUTE_FORM.exec(request.url ?? '');
  const host = readHost(request);
  const authority = absolute?.[1] ?? host;
  if (authority !== '' && !AUTHORITY.test(authority)) {
    throw new MalformedRequestError(`${JSON.stringify(authority.slice(0, 200))} is no host`, {
      fix: 'send Host: <name or address>, with or without :<port>',
    });
  }
  const rest = absolute === null ? (request.url ?? '') : (absolute[2] ?? '');
  const target = absolute !== null && !rest.startsWith('/') ? `/${rest}` : rest;
  const path = pathOf(target);
  return { authority, path, query: target.slice(path.length) };
}

function readHost(request: IncomingMessage): string {
  let host: string | undefined;
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    if (request.rawHeaders[at]?.toLowerCase() !== 'host') continue;
    if (host !== undefined) {
      throw new MalformedRequestError('the request has several Host fields', { fix: 'send one' });
    }
    host = request.rawHeaders[at + 1] ?? '';
  }
  if (host === undefined && request.httpVersion !== '1.0') {
    throw new MalformedRequestError('the request has no Host field', { fix: 'send Host: <name or address>' });
  }
  return host ?? '';
}
