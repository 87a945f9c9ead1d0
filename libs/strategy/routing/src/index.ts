export { AmbiguousPathError, pathOf } from './path-of.ts';
export type { Route, RouteMatcher } from './route.ts';
export {
  canonicalHost,
  compileRoutes,
  MalformedRouteError,
  RouteConflictError,
  type RouteMatch,
  type RoutingTable,
} from './routing-table.ts';
