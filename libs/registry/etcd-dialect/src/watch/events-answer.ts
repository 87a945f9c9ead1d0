import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import type { Event } from '@portolan/contracts/etcd/mvcc';
import { WatchService, type WatchResponse } from '@portolan/contracts/etcd/watch';
import { revision as toRevision, type StoreStatus, type WatchEvent } from '@portolan/kv';
import { headerOf } from '../etcd-header.ts';
import type { AnswerWriter } from './answer-writer.ts';
import { encodeEvent } from './encode-events.ts';

/** An answer with events: over gRPC it goes as bytes, and is an object of the contract for who asks in JSON. */
export class EventsAnswer implements WatchResponse {
  readonly created = false;
  readonly canceled = false;
  readonly compactRevision = 0n;
  readonly cancelReason = '';
  readonly fragment: boolean;
  readonly watchId: bigint;
  readonly #writer: AnswerWriter;
  readonly #status: StoreStatus;
  readonly #revision: number;
  readonly #events: readonly WatchEvent[];

  constructor(
    writer: AnswerWriter,
    status: StoreStatus,
    revision: number,
    watchId: bigint,
    events: readonly WatchEvent[],
    fragment: boolean,
  ) {
    this.#writer = writer;
    this.#status = status;
    this.#revision = revision;
    this.#events = events;
    this.watchId = watchId;
    this.fragment = fragment;
  }

  get header(): ResponseHeader {
    return headerOf(this.#status, toRevision(this.#revision));
  }

  get events(): readonly Event[] {
    return this.#events.map(encodeEvent);
  }

  encode(): Buffer {
    const { watchId, fragment } = this;
    const [status, revision, events] = [this.#status, this.#revision, this.#events];
    return this.#writer.encode({ status, revision, watchId, events, fragment });
  }
}

/** etcd's service, with answers that know how they are written. */
export const WATCH_SERVICE = {
  watch: {
    ...WatchService.watch,
    responseSerialize: (answer: WatchResponse): Buffer =>
      answer instanceof EventsAnswer ? answer.encode() : WatchService.watch.responseSerialize(answer),
  },
} as const;
