import type { Endpoint } from '@portolan/balancing';
import { compileRoutes, type Route, type RoutingTable } from '@portolan/routing';

/** Where the requests of one or more routes go. */
export interface Upstream {
  readonly key: string;
  readonly service: string;
  readonly portName: string;
  readonly endpoints: readonly Endpoint[];
  /** The ids of `endpoints`. */
  readonly ids: ReadonlySet<string>;
}

/**
 * All that a request needs to find its way, at one moment: immutable, swapped by one reference. A request holds the one
 * that was current when it began, to its last byte.
 */
export interface RoutingSnapshot {
  /** Counts swaps from 1. */
  readonly version: number;
  readonly table: RoutingTable;
  readonly upstreams: ReadonlyMap<string, Upstream>;
}

export const upstreamKey = ({ service, portName }: Pick<Route, 'service' | 'portName'>): string =>
  `${service}/${portName}`;

/** Of before the first one. */
export const EMPTY_SNAPSHOT: RoutingSnapshot = { version: 0, table: compileRoutes([]), upstreams: new Map() };

/** @param endpointsOf the endpoints of a route's service now */
export function takeSnapshot(
  version: number,
  table: RoutingTable,
  endpointsOf: (route: Route) => readonly Endpoint[],
): RoutingSnapshot {
  const upstreams = new Map<string, Upstream>();
  for (const route of table.routes) {
    const key = upstreamKey(route);
    if (upstreams.has(key)) continue;
    const endpoints = Object.freeze([...endpointsOf(route)]);
    upstreams.set(
      key,
      Object.freeze({
        key,
        service: route.service,
        portName: route.portName,
        endpoints,
        ids: new Set(endpoints.map(({ id }) => id)),
      }),
    );
  }
  return Object.freeze({ version, table, upstreams });
}
