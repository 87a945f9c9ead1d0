import { createHash } from 'node:crypto';
import { CATALOG_KEYS, changeOf, type CatalogChange } from '@portolan/catalog';
import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import {
  CompactedError,
  IncarnationChangedError,
  keyOf,
  oneKey,
  revision as checkedRevision,
  type Incarnation,
  type KvStore,
  type Revision,
  type WatchBatch,
} from '@portolan/kv';
import { MalformedEventError, type EventRecord, type Messaging, type MessagingLogger } from '@portolan/messaging';
import { sleep } from '@portolan/runtime';

/** How far everything was told. A restart goes on from there, as long as the store's history does. */
const CURSOR = keyOf('catalog-events/told');
const PRINCIPAL: Principal = { kind: 'system', name: 'catalog-events' };
/** After a failure of the broker. */
const RETRY_MS = 1_000;
/** Of a check's output: an event says what happened, not all about it. */
const OUTPUT_CHARACTERS_MAX = 1_000;

export interface CatalogEventsOptions {
  readonly store: KvStore;
  readonly events: Pick<Messaging, 'publish'>;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
}

/**
 * Tells whoever listens on RabbitMQ what happens in the catalog: `catalog.registered`, `catalog.deregistered`, `catalog.check`, each
 * at least once, in the order of revisions; the id of one is the same when it is told again.
 */
export class CatalogEvents implements AsyncDisposable {
  readonly #options: CatalogEventsOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: CatalogEventsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#ending;
    // A function: TypeScript believes that what it saw before an await still holds.
    const isEnding = (): boolean => signal.aborted;
    let failing = false;
    while (!isEnding()) {
      try {
        await this.#tell(signal);
        failing = false;
      } catch (error) {
        if (isEnding()) return;
        if (!(error instanceof PortolanError)) throw error;
        if (error instanceof CompactedError || error instanceof IncarnationChangedError) {
          logger.warn({ err: error }, 'some changes of the catalog were never told: history has forgotten them');
          await this.#remember(undefined, signal);
          continue;
        }
        if (!failing) logger.warn({ err: error }, 'cannot tell changes of the catalog; trying on');
        failing = true;
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  async #tell(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const told = await this.#told(signal);
    const startRevision = told === undefined ? undefined : checkedRevision(told + 1);
    const watching = store.watch(
      {
        principal: PRINCIPAL,
        keyspace: 'catalog',
        keys: CATALOG_KEYS,
        ...(startRevision !== undefined && { startRevision }),
      },
      signal,
    );
    for await (const batch of watching) {
      if (batch.events.length === 0) continue;
      await this.#publish(batch, signal);
      await this.#remember(batch.revision, signal);
    }
  }

  async #publish({ events, incarnation }: WatchBatch, signal: AbortSignal): Promise<void> {
    const occurredAt = this.#options.clock.epoch();
    for (const event of events) {
      const change = changeOf(event);
      if (change === undefined) continue;
      try {
        await this.#options.events.publish(recordOf(change, incarnation, occurredAt), signal);
      } catch (error) {
        if (!(error instanceof MalformedEventError)) throw error;
        // Too long for an event: the others must not wait for it.
        this.#options.logger.error({ err: error }, 'a change of the catalog could not be told');
      }
    }
  }

  /** @returns undefined: nothing yet; begin with what happens now */
  async #told(signal: AbortSignal): Promise<Revision | undefined> {
    const { store } = this.#options;
    const { keyValues } = await store.range({ principal: PRINCIPAL, keyspace: 'system', keys: oneKey(CURSOR) }, signal);
    const [stored] = keyValues;
    return stored === undefined ? undefined : checkedRevision(Number(Buffer.from(stored.value).toString()));
  }

  async #remember(told: Revision | undefined, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const change =
      told === undefined
        ? ({ kind: 'delete', keyspace: 'system', keys: oneKey(CURSOR) } as const)
        : ({ kind: 'put', keyspace: 'system', key: CURSOR, value: Buffer.from(String(told)) } as const);
    await store.txn({ principal: PRINCIPAL, success: [change] }, signal);
  }
}

function recordOf(change: CatalogChange, incarnation: Incarnation, occurredAt: number): EventRecord {
  const { kind, service, instanceId, revision } = change;
  const about = JSON.stringify([service, instanceId, change.kind === 'check' ? change.check : '']);
  const mark = createHash('sha256').update(about).digest('base64url').slice(0, 22);
  const data = { service, instanceId, revision, ...detailsOf(change) };
  return {
    // A digest: names may be longer than an id, and have other characters.
    id: `${incarnation}.${revision}.${mark}`,
    topic: `catalog.${kind}`,
    occurredAt,
    data,
  };
}

function detailsOf(change: CatalogChange) {
  switch (change.kind) {
    case 'registered':
      return {
        address: change.address,
        ports: change.ports.map(({ name, number }) => ({ name, number })),
        tags: [...change.tags],
      };
    case 'check':
      return { check: change.check, status: change.status, output: change.output.slice(0, OUTPUT_CHARACTERS_MAX) };
    case 'deregistered':
      return {};
    default:
      return change satisfies never;
  }
}
