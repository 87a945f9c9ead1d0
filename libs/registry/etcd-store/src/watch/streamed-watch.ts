import {
  WatchCreateRequest_FilterType,
  type WatchCreateRequest,
  type WatchResponse,
} from '@portolan/contracts/etcd/watch';
import { Event_EventType, type Event } from '@portolan/contracts/etcd/mvcc';
import {
  MalformedAnswerError,
  revision,
  type Incarnation,
  type Revision,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
} from '@portolan/kv';
import type { EtcdRange, KeyMapping } from '../mapping/key-mapping.ts';
import { decodeKeyValue } from '../mapping/key-value.ts';

/** Bytes that wait for a slow reader, about. Full: etcd is told to stop, and asked again from there on when the reader has come so far. */
const QUEUE_BYTES_MAX = 4 * 1024 ** 2;

/** About what an event takes beside its key and value. */
const EVENT_BYTES = 100;

type Batch = Omit<WatchBatch, 'incarnation'>;

/** One watch, over as many of etcd's as it takes: what was delivered to it, and where it goes on. */
export class StreamedWatch {
  readonly request: WatchRequest;
  readonly #mapping: KeyMapping;
  readonly #range: EtcdRange;
  /** The first revision that is not in the queue, nor was. */
  #next: Revision;
  #queue: Batch[] = [];
  #queuedBytes = 0;
  /** Events of an answer that came in pieces so far. */
  #pieces: Event[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(request: WatchRequest, mapping: KeyMapping, start: Revision) {
    this.request = request;
    this.#mapping = mapping;
    this.#range = mapping.range(request.keyspace, request.keys);
    this.#next = start;
  }

  get next(): Revision {
    return this.#next;
  }

  /** Nothing can ever be in its range: etcd is not asked. */
  get isEmpty(): boolean {
    return this.#mapping.isEmpty(this.#range);
  }

  get isFull(): boolean {
    return this.#queuedBytes >= QUEUE_BYTES_MAX;
  }

  /** A new watch of etcd from where this one goes on. */
  create(watchId: bigint): WatchCreateRequest {
    const { events = 'all', previous = false } = this.request;
    this.#pieces = [];
    return {
      ...this.#range,
      startRevision: BigInt(this.#next),
      // Also when nobody asked: to go on later, it should begin as late as it may.
      progressNotify: true,
      filters: FILTERS[events],
      prevKv: previous,
      watchId,
      fragment: true,
    };
  }

  /** @param answer with events, whole or a piece, or with none: all up to its revision was delivered */
  receive({ header, events, fragment }: WatchResponse): void {
    this.#pieces.push(...events);
    if (fragment) return;
    const whole = this.#pieces;
    this.#pieces = [];
    if (whole.length > 0) this.#events(whole);
    else if (header !== undefined) this.#progress(revision(header.revision));
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** @throws what it failed with, once everything before that was taken */
  take(incarnation: Incarnation): WatchBatch | undefined {
    const batch = this.#queue.shift();
    if (batch !== undefined) {
      this.#queuedBytes -= bytesOf(batch);
      return { ...batch, incarnation };
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return undefined;
  }

  /** Resolves when there may be something to take, or `wakeUp` is called. One caller at a time. */
  waiting(): Promise<void> {
    if (this.#queue.length > 0 || this.#failure !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wakeUp(): void {
    this.#wake?.();
  }

  #events(events: readonly Event[]): void {
    const decoded = events.flatMap((event): readonly WatchEvent[] => {
      const at = event.kv?.modRevision ?? 0n;
      return at < this.#next ? [] : [this.#decode(event)];
    });
    const last = decoded.at(-1);
    if (last === undefined) return;
    const reached = last.kind === 'put' ? last.keyValue.modRevision : last.modRevision;
    this.#next = revision(reached + 1);
    this.#push({ kind: 'events', revision: reached, events: decoded });
  }

  #progress(reached: Revision): void {
    if (reached < this.#next) return;
    this.#next = revision(reached + 1);
    if (this.request.progress !== true) return;
    // Two in a row say no more than the second.
    if (this.#queue.at(-1)?.kind === 'progress') this.#queue.pop();
    this.#push({ kind: 'progress', revision: reached, events: [] });
  }

  #push(batch: Batch): void {
    this.#queue.push(batch);
    this.#queuedBytes += bytesOf(batch);
    this.#wake?.();
  }

  #decode({ type, kv, prevKv }: Event): WatchEvent {
    const { keyspace, previous = false } = this.request;
    const before = prevKv === undefined ? undefined : decodeKeyValue(this.#mapping, keyspace, prevKv);
    const asked = previous ? { previous: before } : {};
    if (kv === undefined) throw new MalformedAnswerError('an event without a key');
    if (type === Event_EventType.PUT) {
      return { kind: 'put', keyValue: decodeKeyValue(this.#mapping, keyspace, kv), ...asked };
    }
    const key = this.#mapping.keyOf(keyspace, kv.key);
    return { kind: 'delete', key, modRevision: revision(kv.modRevision), ...asked };
  }
}

const { NOPUT, NODELETE } = WatchCreateRequest_FilterType;
const FILTERS = { all: [], puts: [NODELETE], deletes: [NOPUT] } as const;

function bytesOf({ events }: Batch): number {
  return events.reduce((bytes, event) => bytes + EVENT_BYTES + eventBytes(event), 0);
}

function eventBytes(event: WatchEvent): number {
  const now = event.kind === 'put' ? event.keyValue.key.length + event.keyValue.value.length : event.key.length;
  return now + (event.previous === undefined ? 0 : event.previous.value.length);
}
