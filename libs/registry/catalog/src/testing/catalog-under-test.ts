import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, type EmbeddedStore, type KvStore } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import type { Catalog, CatalogSession, OpenSessionRequest } from '../catalog.ts';
import type { CatalogLogger } from '../catalog-logger.ts';
import { createCatalog } from '../create-catalog.ts';
import { checkQuery, type RawQuery } from '../input/check-query.ts';
import { checkRegistration, type RawRegistration } from '../input/check-registration.ts';
import { checkReport } from '../input/check-report.ts';
import type { Check, Health, Query, Registration } from '../model.ts';
import { ChangingStore } from './changing-store.ts';

export const SERVICE: Principal = { kind: 'service', name: 'cart' };
export const OPERATOR: Principal = { kind: 'operator', name: 'ada' };

/** A catalog over a real store, on a clock that a test moves. */
export class CatalogUnderTest implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store: ChangingStore;
  readonly catalog: Catalog;
  readonly logged: string[] = [];
  readonly #rng = createSeededRng(7);
  #embedded: EmbeddedStore;

  constructor() {
    this.#embedded = this.#openStore();
    this.store = new ChangingStore(this.#embedded);
    this.catalog = this.openCatalog();
  }

  /** Another catalog on the same store: another node. */
  openCatalog(store: KvStore = this.store): Catalog {
    const log = (_: object, message: string): void => {
      this.logged.push(message);
    };
    const logger: CatalogLogger = { debug: log, info: log, warn: log, error: log };
    return createCatalog({ store, clock: this.clock, access: createAccess(DEVELOPMENT_POLICY), logger });
  }

  /** The store forgets everything, as an in-process one does when it is restarted. */
  async restartStore(): Promise<void> {
    this.#embedded = this.#openStore();
    await this.store.become(this.#embedded);
  }

  async closeStore(): Promise<void> {
    await this.#embedded[Symbol.asyncDispose]();
  }

  openSession(more: Partial<OpenSessionRequest> = {}): Promise<CatalogSession> {
    return this.catalog.openSession({ principal: SERVICE, ttlSeconds: 10, ...more });
  }

  /** The ids that a caller would get. */
  async healthyIds(): Promise<readonly string[]> {
    return idsOf(await this.catalog.resolve({ principal: SERVICE, query: query() }));
  }

  async allIds(): Promise<readonly string[]> {
    return idsOf(await this.catalog.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) }));
  }

  async revision(): Promise<number> {
    return (await this.store.status()).revision;
  }

  /** Lets everything that does not need time happen. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.catalog[Symbol.asyncDispose]();
    await this.#embedded[Symbol.asyncDispose]();
  }

  #openStore(): EmbeddedStore {
    const incarnation = createIncarnation(this.#rng);
    return createEmbeddedStore({ clock: this.clock, rng: this.#rng, incarnation, autoCompaction: 'off' });
  }
}

export function registration(id: string, overrides: Partial<RawRegistration> = {}): Registration {
  const ports = [{ name: 'grpc', number: 5_000 }];
  return checkRegistration({ service: 'cart', id, address: '10.0.0.7', ports, ...overrides });
}

export function query(overrides: Partial<RawQuery> = {}): Query {
  return checkQuery({ service: 'cart', ...overrides });
}

export function check(id: string, status: Health, output = ''): Check {
  return checkReport({ id, status, output, since: Date.UTC(2026, 0, 1) });
}

/** Reads on in the background; `seen` grows as answers come. Aborting `stop` ends it. */
export function collect<T>(open: (signal: AbortSignal) => AsyncIterable<T>): {
  readonly seen: readonly T[];
  stop(): Promise<void>;
} {
  const seen: T[] = [];
  const stop = new AbortController();
  const done = (async () => {
    for await (const one of open(stop.signal)) seen.push(one);
  })();
  return {
    seen,
    stop: () => {
      stop.abort();
      return done;
    },
  };
}

export const idsOf = (resolution: {
  readonly instances: readonly { readonly registration: Registration }[];
}): string[] => resolution.instances.map(({ registration: { id } }) => id);
