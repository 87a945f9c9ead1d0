import { writeTraceHeaders, type TraceContext } from '@portolan/telemetry';
import { forEachEndToEnd, type RawFields } from './hop-by-hop.ts';

export interface RequestFieldsInput {
  readonly fields: RawFields;
  /** `1.1` */
  readonly httpVersion: string;
  /** The other end of the connection. */
  readonly peer: string;
  /** Whether the peer is a proxy that is believed. */
  readonly peerIsTrusted: boolean;
  readonly scheme: 'http' | 'https';
  /** Host and port that the client asked for. */
  readonly authority: string;
  /** What was taken off the path; empty: nothing. */
  readonly strippedPrefix: string;
  readonly trace: TraceContext;
}

/** Said of the client by whoever is in front; believed from trusted proxies only, so never passed through as they came. */
const FORWARDING: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
]);

/** Set by the gateway, or answered by it (Expect), or without meaning for the next hop (Trailer: they are not forwarded). */
const REPLACED: ReadonlySet<string> = new Set(['expect', 'host', 'trailer', 'traceparent', 'tracestate', 'via']);

/**
 * The fields of the request as the endpoint gets it: end-to-end fields as they came, Host as the client sent it, and who
 * asked how in Forwarded (RFC 7239) and in the X-Forwarded fields that older software reads.
 */
export function requestFields(input: RequestFieldsInput): string[] {
  const { peer, peerIsTrusted, scheme, authority, strippedPrefix } = input;
  const out: string[] = ['Host', authority];
  const said = new Map<string, string>();
  forEachEndToEnd(input.fields, (lower, name, value) => {
    if (FORWARDING.has(lower) || lower === 'via') {
      if (peerIsTrusted || lower === 'via') said.set(lower, joined(said.get(lower), value));
    } else if (!REPLACED.has(lower)) out.push(name, value);
  });
  out.push('Via', joined(said.get('via'), `${input.httpVersion} portolan`));
  out.push('Forwarded', joined(said.get('forwarded'), forwardedElement(peer, authority, scheme)));
  out.push('X-Forwarded-For', joined(said.get('x-forwarded-for'), peer));
  out.push('X-Forwarded-Host', said.get('x-forwarded-host') ?? authority);
  out.push('X-Forwarded-Proto', said.get('x-forwarded-proto') ?? scheme);
  const prefix = `${said.get('x-forwarded-prefix') ?? ''}${strippedPrefix}`;
  if (prefix !== '') out.push('X-Forwarded-Prefix', prefix);
  for (const [name, value] of Object.entries(writeTraceHeaders(input.trace))) out.push(name, value);
  return out;
}

const joined = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before}, ${value}`;

/** `for=192.0.2.60;host="web.localhost:8080";proto=http` */
function forwardedElement(peer: string, authority: string, scheme: string): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer;
  return `for=${node};${authority === '' ? '' : `host=${/^[\w.-]+$/.test(authority) ? authority : `"${authority}"`};`}proto=${scheme}`;
}
