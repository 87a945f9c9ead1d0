import { PortolanError } from '@portolan/kernel';
import { compileRoutes, type Route, type RoutingTable } from '@portolan/routing';
import type { Logger } from '@portolan/telemetry';
import { exposedRoutes } from './exposed-routes.ts';
import type { KnownEndpoints, ServiceDirectory } from './service-directory.ts';
import { takeSnapshot, upstreamKey, type RoutingSnapshot } from './snapshot.ts';

export interface ControlOptions {
  readonly directory: ServiceDirectory;
  /** The routes of the configuration. */
  readonly routes: readonly Route[];
  /** Under which exposed services get a host. */
  readonly domain: string;
  readonly logger: Logger;
  /** Called with each new snapshot, the first one included, before `startControl` returns. */
  readonly apply: (snapshot: RoutingSnapshot) => void;
}

/** Turns what discovery says into snapshots for the data plane. */
export interface Control extends Disposable {
  readonly snapshot: RoutingSnapshot;
  /** Why the newest set of routes is not in force; undefined while it is. */
  readonly refused: PortolanError | undefined;
}

/** @throws RouteConflictError, MalformedRouteError when the configured routes cannot be in force together */
export function startControl(options: ControlOptions): Control {
  return new SnapshotControl(options);
}

class SnapshotControl implements Control {
  readonly #options: ControlOptions;
  readonly #ending = new AbortController();
  readonly #watched = new Map<string, { readonly known: KnownEndpoints; readonly end: () => void }>();
  #table: RoutingTable;
  #snapshot: RoutingSnapshot;
  #refused: PortolanError | undefined;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#table = compileRoutes(options.routes);
    this.#watchEndpoints();
    this.#snapshot = this.#take(1);
    options.apply(this.#snapshot);
    void this.#followServices();
  }

  get snapshot(): RoutingSnapshot {
    return this.#snapshot;
  }

  get refused(): PortolanError | undefined {
    return this.#refused;
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
    for (const { end } of this.#watched.values()) end();
    this.#watched.clear();
  }

  async #followServices(): Promise<void> {
    const { directory, logger } = this.#options;
    try {
      for await (const { services } of directory.watchServices(this.#ending.signal)) {
        this.#setExposed(exposedRoutes(services, this.#options.domain));
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) {
        logger.error({ err: error }, 'the list of services is followed no more: newly exposed services get no route');
      }
    }
  }

  /** A set of routes is in force whole or not at all. */
  #setExposed(exposed: readonly Route[]): void {
    const { routes, logger } = this.#options;
    const wanted = [...routes, ...exposed];
    if (sameNames(wanted, this.#table.routes)) {
      this.#refused = undefined;
      return;
    }
    try {
      this.#table = compileRoutes(wanted);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      if (this.#refused?.message !== error.message) {
        logger.error({ err: error, code: error.code, fix: error.fix }, 'new routes are refused, the old ones stay');
      }
      this.#refused = error;
      return;
    }
    this.#refused = undefined;
    this.#watchEndpoints();
    this.#swap();
  }

  /** Follows the endpoints of each service that a route leads to, and of no other. */
  #watchEndpoints(): void {
    const wanted = new Map(this.#table.routes.map((route) => [upstreamKey(route), route]));
    for (const [key, { end }] of this.#watched) {
      if (wanted.has(key)) continue;
      end();
      this.#watched.delete(key);
    }
    for (const [key, route] of wanted) {
      if (this.#watched.has(key)) continue;
      const known = this.#options.directory.endpoints(route.service, { portName: route.portName });
      const end = known.subscribe(() => {
        this.#swap();
      });
      this.#watched.set(key, { known, end });
    }
  }

  #take(version: number): RoutingSnapshot {
    return takeSnapshot(version, this.#table, (route) => this.#watched.get(upstreamKey(route))?.known.current() ?? []);
  }

  #swap(): void {
    this.#snapshot = this.#take(this.#snapshot.version + 1);
    this.#options.apply(this.#snapshot);
    this.#options.logger.debug({ version: this.#snapshot.version }, 'a new snapshot is in force');
  }
}

/** Names tell routes apart: a configured route does not change while the process runs, an exposed one is all in its name. */
function sameNames(some: readonly Route[], others: readonly Route[]): boolean {
  return some.length === others.length && some.every(({ name }, index) => name === others[index]?.name);
}
