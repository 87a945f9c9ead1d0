import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { isPlainPath } from './path-of.ts';
import type { Route } from './route.ts';

/** Two routes that would take the same requests, or carry the same name. */
export class RouteConflictError extends PortolanError {
  readonly code = 'ROUTING_CONFLICT';
  readonly kind: ErrorKind = 'conflict';

  constructor(one: Route, other: Route, what: string) {
    super(`routes "${one.name}" and "${other.name}" ${what}`, {
      fix: 'give one of them another host or path, or remove it',
      context: { one: one.name, other: other.name },
    });
  }
}

/** A route that can match nothing, or everything by accident. */
export class MalformedRouteError extends PortolanError {
  readonly code = 'ROUTING_MALFORMED_ROUTE';
  readonly kind: ErrorKind = 'invalid';
}

export interface RouteMatch {
  readonly route: Route;
  /** The path to forward: as it came, or without the route's prefix. */
  readonly path: string;
}

/** Compiled and immutable: a request that holds one sees one set of routes from its first byte to its last. */
export interface RoutingTable {
  readonly routes: readonly Route[];
  /**
   * The most specific route: an exact host before any host, then an exact path before a prefix, then the longest prefix.
   * A prefix matches whole segments: `/web` takes `/web` and `/web/x`, not `/webx`.
   * @param host as in the Host field, in any case, with or without port
   * @param path without query, as `pathOf` returns it
   */
  match(host: string, path: string): RouteMatch | undefined;
}

interface Paths {
  readonly exact: Map<string, Route>;
  /** By prefix without its trailing slash; "" is the root. */
  readonly prefixes: Map<string, Route>;
}

/** Host names compare in lower case, without port and without the dot of the root. */
export const canonicalHost = (host: string): string => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

const ANY_HOST = '*';

/**
 * @throws RouteConflictError when two routes take the same requests or have the same name
 * @throws MalformedRouteError when a path does not start with / or a host is empty
 */
export function compileRoutes(routes: readonly Route[]): RoutingTable {
  const names = new Map<string, Route>();
  const hosts = new Map<string, Paths>();
  for (const route of routes) {
    const namesake = names.get(route.name);
    if (namesake !== undefined) throw new RouteConflictError(namesake, route, 'have the same name');
    names.set(route.name, route);
    place(route, hosts);
  }
  const anyHost = hosts.get(ANY_HOST);
  return {
    routes: Object.freeze([...routes]),
    match(host, path) {
      const paths = hosts.get(canonicalHost(host));
      return matchPath(paths, path) ?? matchPath(anyHost, path);
    },
  };
}

/** A name or an address, without port: what `canonicalHost` leaves as it is. */
const HOST = /^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/i;

/** @throws MalformedRouteError for a path that no request could have, or a host that is none */
function checkRoute({ name, match: { host, path } }: Route): string {
  const text = path.kind === 'exact' ? path.path : path.prefix;
  if (host !== undefined && !HOST.test(host)) {
    throw new MalformedRouteError(`route "${name}" has the host ${JSON.stringify(host)}`, {
      fix: 'give a host name or address without port, or leave it out to take every host',
    });
  }
  if (!isPlainPath(text)) {
    throw new MalformedRouteError(`route "${name}" has the path ${JSON.stringify(text)}, which no request can have`, {
      fix: 'start the path with /, without query, empty or dot segments',
    });
  }
  return text;
}

function place(route: Route, hosts: Map<string, Paths>): void {
  const { host, path } = route.match;
  const text = checkRoute(route);
  const key = host === undefined ? ANY_HOST : canonicalHost(host);
  const paths: Paths = hosts.get(key) ?? { exact: new Map(), prefixes: new Map() };
  hosts.set(key, paths);
  const [table, entry] =
    path.kind === 'exact' ? [paths.exact, text] : [paths.prefixes, text.endsWith('/') ? text.slice(0, -1) : text];
  const rival = table.get(entry);
  if (rival !== undefined)
    throw new RouteConflictError(
      rival,
      route,
      `both take ${path.kind} ${text} on ${key === ANY_HOST ? 'every host' : key}`,
    );
  table.set(entry, route);
}

function matchPath(paths: Paths | undefined, path: string): RouteMatch | undefined {
  if (paths === undefined) return undefined;
  const exact = paths.exact.get(path);
  if (exact !== undefined) return { route: exact, path };
  // From the longest candidate to the root: one look-up a segment.
  for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
    const route = paths.prefixes.get(path.slice(0, end));
    if (route !== undefined) return { route, path: route.stripPrefix ? path.slice(end) || '/' : path };
    if (end === 0) break;
  }
  return undefined;
}
