import {
  WatchCreateRequest_FilterType,
  type WatchCreateRequest,
  type WatchResponse,
} from '@portolan/contracts/etcd/watch';
import {
  CompactedError,
  FROM_KEY,
  keysBetween,
  keyOf,
  type KeyRange,
  type WatchBatch,
  type WatchRequest,
} from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt, headerOf } from '../etcd-header.ts';
import { etcdKeyRange } from '../etcd-key-range.ts';
import { clampedRevision } from '../int64.ts';
import { encodeAnswers, note } from './encode-events.ts';
import type { Outbox } from './outbox.ts';

const NO_KEYS = keysBetween(keyOf(''), keyOf(''));

/** One watch of a stream. */
export class StreamWatch {
  readonly id: bigint;
  readonly #scope: DialectScope;
  readonly #asked: WatchCreateRequest;
  readonly #outbox: Outbox<WatchResponse>;
  readonly #ending = new AbortController();
  readonly #created = Promise.withResolvers<undefined>();
  #isAnnounced = false;
  #isIdle = false;

  constructor(scope: DialectScope, id: bigint, asked: WatchCreateRequest, outbox: Outbox<WatchResponse>) {
    this.#scope = scope;
    this.id = id;
    this.#asked = asked;
    this.#outbox = outbox;
  }

  /** It was created, and what the store has handed it so far is on its way to the client. */
  get isSynced(): boolean {
    return this.#isIdle;
  }

  /** Resolves when the client was told that it is there, or why not. */
  get created(): Promise<unknown> {
    return this.#created.promise;
  }

  end(): void {
    this.#ending.abort();
  }

  /** Until `end`, or the compaction of what it was to deliver. Rejects with what else ends it. */
  async run(): Promise<void> {
    const { store, principal } = this.#scope;
    try {
      for await (const batch of store.watch({ principal, ...wanted(this.#asked) }, this.#ending.signal)) {
        this.#isIdle = false;
        await this.#tell(batch);
        if (this.#ending.signal.aborted) return;
        this.#isIdle = true;
      }
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#isIdle = false;
      await this.#compacted(error);
    } finally {
      this.#created.resolve(undefined);
      this.#isIdle = false;
    }
  }

  async #tell(batch: WatchBatch): Promise<void> {
    const { store } = this.#scope;
    if (batch.kind === 'created') {
      await this.#announce();
      return;
    }
    const header = await headerAt(store, batch.revision);
    for (const answer of encodeAnswers(header, this.id, batch.events, this.#asked.fragment)) {
      if (!this.#ending.signal.aborted) await this.#outbox.put(answer);
    }
  }

  async #announce(): Promise<void> {
    const header = headerOf(await this.#scope.store.status());
    this.#isAnnounced = true;
    await this.#outbox.put(note(header, this.id, { created: true }));
    this.#created.resolve(undefined);
  }

  /** It is there for a moment even if it begins too early: so clients know of which one they are told. */
  async #compacted({ oldest }: CompactedError): Promise<void> {
    if (!this.#isAnnounced) await this.#announce();
    const header = headerOf(await this.#scope.store.status());
    const { message } = new EtcdError('compacted');
    const what = { canceled: true, compactRevision: BigInt(oldest), cancelReason: message };
    await this.#outbox.put(note(header, this.id, what));
  }
}

function wanted(asked: WatchCreateRequest): Omit<WatchRequest, 'principal'> {
  const { key, rangeEnd, startRevision, progressNotify, filters, prevKv } = asked;
  const noPuts = filters.includes(WatchCreateRequest_FilterType.NOPUT);
  const noDeletes = filters.includes(WatchCreateRequest_FilterType.NODELETE);
  return {
    keyspace: 'user',
    keys: noPuts && noDeletes ? NO_KEYS : watchedKeys(key, rangeEnd),
    ...(startRevision > 0n && { startRevision: clampedRevision(startRevision) }),
    ...(noPuts && { events: 'deletes' }),
    ...(noDeletes && !noPuts && { events: 'puts' }),
    ...(prevKv && { previous: true }),
    ...(progressNotify && { progress: true }),
    // As in etcd: a stream that asked for a leader ends without one, others go on.
    serializable: true,
  };
}

/** An empty key is the smallest there is. */
export function watchedKeys(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
  return etcdKeyRange(key.length === 0 ? Buffer.from(FROM_KEY, 'latin1') : key, rangeEnd);
}
