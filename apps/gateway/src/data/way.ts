import type { IncomingMessage } from 'node:http';
import { assert, type Clock } from '@portolan/kernel';
import type { Route } from '@portolan/routing';
import type { Logger, TraceContext } from '@portolan/telemetry';
import { upstreamKey, type RoutingSnapshot, type Upstream } from '../control/snapshot.ts';
import { NoEndpointError, NoRouteError, UpstreamOverloadedError, type GatewayError } from '../errors.ts';
import type { ConnectionPools } from './connection-pools.ts';
import type { ExchangeRecord, OpenRecord } from './exchange-record.ts';
import { REQUESTS_PER_ENDPOINT_MAX } from './limits.ts';
import { requestFields } from './request-fields.ts';
import { readTarget } from './target.ts';
import { plainAddress, type TrustedProxies } from './trusted-proxies.ts';
import type { UpstreamState, UpstreamStates } from './upstream-state.ts';

/** What requests and tunnels are carried with. */
export interface Carrier {
  readonly snapshot: () => RoutingSnapshot;
  readonly states: UpstreamStates;
  readonly pools: ConnectionPools;
  readonly trusted: TrustedProxies;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly responseTimeoutMs: number;
  readonly bodyBytesMax: number;
  /** While draining each answer ends its connection. */
  readonly draining: () => boolean;
  readonly record: (record: ExchangeRecord) => void;
}

/** Where one request goes, by the snapshot that was current when it began. */
export interface Way {
  readonly upstream: Upstream;
  readonly state: UpstreamState;
  /** As the endpoint gets it, with the query. */
  readonly path: string;
  readonly headers: string[];
}

/**
 * @param record is told host, path and route as soon as they are known
 * @throws MalformedRequestError, AmbiguousPathError, UnsupportedError, NoRouteError
 */
export function findWay(carrier: Carrier, request: IncomingMessage, trace: TraceContext, record: OpenRecord): Way {
  const snapshot = carrier.snapshot();
  const { authority, path, query } = readTarget(request);
  record.host = authority;
  record.path = path;
  const match = snapshot.table.match(authority, path);
  if (match === undefined) throw new NoRouteError(authority, path);
  const { route } = match;
  record.route = route.name;
  record.service = route.service;
  const upstream = snapshot.upstreams.get(upstreamKey(route));
  assert(upstream !== undefined, `route ${route.name} has an upstream`);
  const peer = plainAddress(request.socket.remoteAddress);
  const headers = requestFields({
    fields: request.rawHeaders,
    httpVersion: request.httpVersion,
    peer,
    peerIsTrusted: carrier.trusted(peer),
    scheme: 'http',
    authority,
    strippedPrefix: strippedPrefix(route, path, match.path),
    trace,
  });
  return { upstream, state: carrier.states.of(upstream.key), path: `${match.path}${query}`, headers };
}

/** Why there is nobody to send a request to, though nobody was tried. */
export function nobodyToTry({ upstream, state }: Way): GatewayError {
  return state.isFull(upstream)
    ? new UpstreamOverloadedError(upstream.service, REQUESTS_PER_ENDPOINT_MAX)
    : new NoEndpointError(upstream.service);
}

/** `/web` of `/web/cart`, which is forwarded as `/cart`. */
function strippedPrefix(route: Route, asked: string, forwarded: string): string {
  if (!route.stripPrefix || asked === forwarded) return '';
  return asked.endsWith(forwarded) ? asked.slice(0, asked.length - forwarded.length) : asked;
}
