import type { Clock, Timer } from '@portolan/kernel';
import { formatPrincipal } from '@portolan/kernel';
import { LeaseNotFoundError, revision, type KvStore, type Lease, type LeaseId } from '@portolan/kv';
import type { CatalogIndex } from './catalog-index.ts';
import type { CatalogLogger } from './catalog-logger.ts';
import type { CatalogWriter, Hold } from './catalog-writer.ts';
import type { CatalogSession, InstanceName, OpenSessionRequest } from './catalog.ts';
import { SessionEndedError } from './errors.ts';
import { ALL_INSTANCES, instanceKey, parseKey } from './keys.ts';
import { BROKEN_GRACE_MS } from './limits.ts';
import { grantSession } from './session-lease.ts';
import { Session, type SessionHost } from './session.ts';
import { CATALOG_PRINCIPAL, KEYSPACE } from './store-access.ts';

export interface SessionsOptions {
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: CatalogLogger;
  readonly writer: CatalogWriter;
  readonly index: CatalogIndex;
}

/** What is remembered of a lease, whichever stream goes on with it. */
interface Entry {
  readonly openedBy: string;
  /** What was registered under it, by key. What was taken over meanwhile is still in here; each write asks the store. */
  readonly instances: Map<string, InstanceName>;
  holder: Session;
  timer: Timer | undefined;
}

/** The sessions of this node. Nothing in here is needed by another one: leases and instances are in the store. */
export class Sessions implements AsyncDisposable {
  readonly #options: SessionsOptions;
  readonly #entries = new Map<LeaseId, Entry>();
  readonly #breaking = new Set<Promise<void>>();
  #closed = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  async open(request: OpenSessionRequest): Promise<CatalogSession> {
    const { writer } = this.#options;
    const openedBy = formatPrincipal(request.principal);
    const kept = await this.#resume(request.resumeLease, openedBy);
    const lease = kept?.lease ?? (await grantSession(this.#options.store, request.ttlSeconds));
    const instances = kept === undefined ? new Map<string, InstanceName>() : await this.#instancesOf(lease.id);
    const session = new Session(this.#host(lease.id), {
      lease,
      hold: kept?.hold ?? { lease: lease.id, since: revision(0) },
      resumed: kept !== undefined,
      node: request.node,
      instances,
    });
    this.#entries.get(lease.id)?.timer?.cancel();
    this.#entries.set(lease.id, { openedBy, instances, holder: session, timer: undefined });
    try {
      if (request.node !== undefined) await writer.putNode(request.node, lease.id);
      if (kept !== undefined) await session.restore();
    } catch (error) {
      session.broken();
      throw error;
    }
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#entries.clear();
    await Promise.all(this.#breaking);
  }

  /** What a session may ask of its surroundings. */
  #host(lease: LeaseId): SessionHost {
    const { store, clock, logger, writer, index } = this.#options;
    return {
      store,
      clock,
      logger,
      writer,
      index,
      isHolder: (session) => this.#entries.get(lease)?.holder === session,
      forget: () => {
        this.#forget(lease);
      },
      broken: (session) => {
        this.#startGrace(lease, session);
      },
    };
  }

  /** @returns undefined when there is nothing to go on with */
  async #resume(
    id: LeaseId | undefined,
    openedBy: string,
  ): Promise<{ readonly lease: Lease; readonly hold: Hold } | undefined> {
    if (id === undefined) return undefined;
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.openedBy !== openedBy) {
      this.#options.logger.warn(
        { lease: id, openedBy: entry.openedBy, asked: openedBy },
        'refused to resume a session',
      );
      return undefined;
    }
    // Cancelled before anything is awaited: the grace must not end while the stream that resumes is being opened.
    entry?.timer?.cancel();
    try {
      const lease = await this.#options.store.keepAlive({ principal: CATALOG_PRINCIPAL, id });
      return { lease, hold: await this.#options.writer.resume(id) };
    } catch (error) {
      if (error instanceof LeaseNotFoundError || error instanceof SessionEndedError) {
        this.#forget(id);
        return undefined;
      }
      if (entry !== undefined) this.#startGrace(id, entry.holder);
      throw error;
    }
  }

  /** Of a lease that another node served until now, the store tells. */
  async #instancesOf(lease: LeaseId): Promise<Map<string, InstanceName>> {
    const entry = this.#entries.get(lease);
    if (entry !== undefined) return entry.instances;
    const { keyValues } = await this.#options.store.range({
      principal: CATALOG_PRINCIPAL,
      keyspace: KEYSPACE,
      keys: ALL_INSTANCES,
      select: 'keys',
    });
    const instances = new Map<string, InstanceName>();
    for (const { key, lease: holder } of keyValues) {
      const parsed = holder === lease ? parseKey(key) : undefined;
      if (parsed?.kind === 'instance') {
        const name = { service: parsed.service, instanceId: parsed.instanceId };
        instances.set(instanceKey(name), name);
      }
    }
    return instances;
  }

  #startGrace(lease: LeaseId, session: Session): void {
    const entry = this.#entries.get(lease);
    if (this.#closed || entry?.holder !== session) return;
    entry.timer?.cancel();
    entry.timer = this.#options.clock.after(BROKEN_GRACE_MS, () => {
      const breaking = session.turnCritical();
      this.#breaking.add(breaking);
      void breaking.finally(() => this.#breaking.delete(breaking));
      // By then the lease has ended, or another node serves it.
      entry.timer = this.#options.clock.after(session.ttlSeconds * 1_000, () => {
        this.#forget(lease);
      });
    });
  }

  #forget(lease: LeaseId): void {
    this.#entries.get(lease)?.timer?.cancel();
    this.#entries.delete(lease);
  }
}
