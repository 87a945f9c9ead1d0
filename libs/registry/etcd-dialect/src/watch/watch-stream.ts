import type { WatchCreateRequest, WatchRequest, WatchResponse } from '@portolan/contracts/etcd/watch';
import type { CallContext } from '@portolan/rpc';
import { endingOf, type StreamEnding } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerOf } from '../etcd-header.ts';
import { readUntil } from '../read-until.ts';
import { toEtcdError } from '../to-etcd-error.ts';
import { note } from './encode-events.ts';
import { Outbox } from './outbox.ts';
import { StreamWatch, watchedKeys, type WatchSharing } from './stream-watch.ts';

/** What tells of no watch: refusals, and progress of the whole stream. */
const NO_WATCH = -1n;
/** Watches on one stream. Full: the next is refused; a client that wants more opens another stream. */
export const WATCHES_MAX = 10_000;

const DONE = { done: true, value: undefined } as const;

/** The watches of one client on one stream, and what the client is told: nothing is between them and the call but the outbox. */
export class WatchStream implements AsyncIterableIterator<WatchResponse, undefined> {
  readonly #scope: DialectScope;
  readonly #sharing: WatchSharing;
  readonly #ending: StreamEnding;
  readonly #outbox = new Outbox<WatchResponse>();
  readonly #watches = new Map<bigint, StreamWatch>();
  #nextId = 0n;
  #isOver = false;

  /** @param requests of the client; their end is not that of the watches */
  constructor(
    scope: DialectScope,
    sharing: WatchSharing,
    requests: AsyncIterable<WatchRequest>,
    call: Pick<CallContext, 'signal' | 'draining' | 'metadata'>,
  ) {
    this.#scope = scope;
    this.#sharing = sharing;
    this.#ending = endingOf(scope, call);
    const { signal } = this.#ending;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
    void this.#read(readUntil(requests, signal));
  }

  next(): Promise<IteratorResult<WatchResponse, undefined>> {
    return this.#outbox.next();
  }

  return(): Promise<IteratorResult<WatchResponse, undefined>> {
    this.#end(new EtcdError('stopped'));
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #onAbort = (): void => {
    this.#end(this.#ending.signal.reason);
  };

  #end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const error = toEtcdError(reason);
    this.#outbox.fail(error instanceof Error ? error : new Error(String(error)));
    this.#ending.signal.removeEventListener('abort', this.#onAbort);
    this.#ending.dispose();
    for (const watch of this.#watches.values()) watch.end();
  }

  /** One request after the other, so that answers come in their order. Never rejects. */
  async #read(requests: AsyncIterable<WatchRequest>): Promise<void> {
    try {
      await this.#ending.begun;
      for await (const { requestUnion } of requests) {
        switch (requestUnion?.$case) {
          case 'createRequest':
            await this.#create(requestUnion.value);
            break;
          case 'cancelRequest':
            await this.#cancel(requestUnion.value.watchId);
            break;
          case 'progressRequest':
            await this.#progress();
            break;
          // As etcd: what it does not know is not worth the stream.
          case undefined:
        }
      }
    } catch (error) {
      this.#end(error);
    }
  }

  async #create(asked: WatchCreateRequest): Promise<void> {
    const refusal = this.#refusal(asked);
    if (refusal !== undefined) {
      const header = headerOf(await this.#scope.store.status());
      await this.#outbox.put(note(header, NO_WATCH, { created: true, canceled: true, cancelReason: refusal }));
      return;
    }
    const watch = new StreamWatch(this.#scope, this.#sharing, this.#idFor(asked), asked, this.#outbox);
    this.#watches.set(watch.id, watch);
    void this.#follow(watch);
    await watch.created;
  }

  /** Why it cannot be, in etcd's words. */
  #refusal({ key, rangeEnd, startRevision, watchId }: WatchCreateRequest): string | undefined {
    if (startRevision < 0n) return new EtcdError('compacted').message;
    const keys = watchedKeys(key, rangeEnd);
    if (keys.kind === 'until' && keys.end <= keys.key) return 'mvcc: watcher range is empty';
    if (watchId !== 0n && this.#watches.has(watchId)) return 'mvcc: duplicate watch ID provided on the WatchStream';
    return this.#watches.size >= WATCHES_MAX ? new EtcdError('tooManyRequests').message : undefined;
  }

  #idFor({ watchId }: WatchCreateRequest): bigint {
    if (watchId !== 0n) return watchId;
    while (this.#watches.has(this.#nextId)) this.#nextId += 1n;
    this.#nextId += 1n;
    return this.#nextId - 1n;
  }

  /** Never rejects. */
  async #follow(watch: StreamWatch): Promise<void> {
    try {
      await watch.run();
    } catch (error) {
      this.#end(error);
    } finally {
      if (this.#watches.get(watch.id) === watch) this.#watches.delete(watch.id);
    }
  }

  async #cancel(id: bigint): Promise<void> {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    this.#watches.delete(id);
    watch.end();
    await this.#outbox.put(note(headerOf(await this.#scope.store.status()), id, { canceled: true }));
  }

  /**
   * Says how far the whole stream is; nothing when some watch has more to tell, as etcd. A store tells its watches of a change when it
   * is made: one turn of the loop later each has been handed all that its status knows of.
   */
  async #progress(): Promise<void> {
    const status = await this.#scope.store.status();
    await new Promise((resolve) => setImmediate(resolve));
    if ([...this.#watches.values()].every((watch) => watch.isSynced)) {
      await this.#outbox.put(note(headerOf(status), NO_WATCH));
    }
  }
}
