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
  type Revision,
  type StoreStatus,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
} from '@portolan/kv';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerOf } from '../etcd-header.ts';
import { etcdKeyRange } from '../etcd-key-range.ts';
import { clampedRevision } from '../int64.ts';
import type { StatusOfTurn } from '../status-of-turn.ts';
import type { AnswerWriter } from './answer-writer.ts';
import { fragmentsOf, note } from './encode-events.ts';
import { EventsAnswer } from './events-answer.ts';
import type { Outbox } from './outbox.ts';

const NO_KEYS = keysBetween(keyOf(''), keyOf(''));

/** What all watches of a server share: whoever is told the same. */
export interface WatchSharing {
  readonly status: StatusOfTurn;
  readonly writer: AnswerWriter;
}

/** One watch of a stream. */
export class StreamWatch {
  readonly id: bigint;
  readonly #scope: DialectScope;
  readonly #sharing: WatchSharing;
  readonly #asked: WatchCreateRequest;
  readonly #outbox: Outbox<WatchResponse>;
  readonly #ending = new AbortController();
  readonly #created = Promise.withResolvers<undefined>();
  #isAnnounced = false;
  #isIdle = false;

  constructor(
    scope: DialectScope,
    sharing: WatchSharing,
    id: bigint,
    asked: WatchCreateRequest,
    outbox: Outbox<WatchResponse>,
  ) {
    this.#scope = scope;
    this.#sharing = sharing;
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
        const told = this.#tell(batch);
        if (told !== undefined) await told;
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

  /** Hot path: each event of each watch. @returns when all is in its place, if not at once */
  #tell(batch: WatchBatch): Promise<void> | undefined {
    if (this.#ending.signal.aborted) return undefined;
    if (batch.kind === 'created') return this.#announce();
    const status = this.#sharing.status.known;
    return status === undefined || this.#asked.fragment
      ? this.#tellLater(batch)
      : this.#outbox.put(this.#answer(status, batch.revision, batch.events, false));
  }

  async #tellLater({ revision, events }: WatchBatch): Promise<void> {
    const status = await this.#sharing.status.read();
    const parts = this.#asked.fragment ? fragmentsOf(events) : [events];
    for (const [index, part] of parts.entries()) {
      if (this.#ending.signal.aborted) return;
      await this.#outbox.put(this.#answer(status, revision, part, index < parts.length - 1));
    }
  }

  #answer(status: StoreStatus, revision: Revision, events: readonly WatchEvent[], isFragment: boolean): EventsAnswer {
    return new EventsAnswer(this.#sharing.writer, status, revision, this.id, events, isFragment);
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
