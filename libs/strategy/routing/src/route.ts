/** Which requests a route takes. */
export interface RouteMatcher {
  /** Exact, in any case, without port: `web.example.com`. Absent: every host. */
  readonly host?: string;
  readonly path:
    { readonly kind: 'exact'; readonly path: string } | { readonly kind: 'prefix'; readonly prefix: string };
}

/** One way from a request to a service. */
export interface Route {
  /** Unique; named in errors, logs and metrics. */
  readonly name: string;
  readonly match: RouteMatcher;
  /** The service in the catalog that answers. */
  readonly service: string;
  /** The port of its instances, by name. */
  readonly portName: string;
  /** Whether a prefix is taken off the path before it is forwarded: `/web/cart` arrives as `/cart`. */
  readonly stripPrefix: boolean;
}
