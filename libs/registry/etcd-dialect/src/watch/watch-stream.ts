import type { WatchCreateRequest, WatchRequest, WatchResponse } from '@portolan/contracts/etcd/watch';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerOf } from '../etcd-header.ts';
import { readUntil } from '../read-until.ts';
import { note } from './encode-events.ts';
import { Outbox } from './outbox.ts';
import { StreamWatch, watchedKeys } from './stream-watch.ts';

/** What tells of no watch: refusals, and progress of the whole stream. */
const NO_WATCH = -1n;
/** Watches on one stream. Full: the next is refused; a client that wants more opens another stream. */
export const WATCHES_MAX = 10_000;

/** The watches of one client on one stream. */
export class WatchStream {
  readonly #scope: DialectScope;
  readonly #outbox = new Outbox<WatchResponse>();
  readonly #watches = new Map<bigint, StreamWatch>();
  #nextId = 0n;

  constructor(scope: DialectScope) {
    this.#scope = scope;
  }

  /** What the client is told. @param requests of it; their end is not that of the watches */
  async *run(
    requests: AsyncIterable<WatchRequest>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchResponse, void, undefined> {
    const onAbort = (): void => {
      this.#outbox.fail(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    void this.#read(readUntil(requests, signal));
    try {
      yield* this.#outbox.take();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#outbox.fail(new EtcdError('stopped'));
      for (const watch of this.#watches.values()) watch.end();
    }
  }

  /** One request after the other, so that answers come in their order. Never rejects. */
  async #read(requests: AsyncIterable<WatchRequest>): Promise<void> {
    try {
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
      this.#outbox.fail(error);
    }
  }

  async #create(asked: WatchCreateRequest): Promise<void> {
    const refusal = this.#refusal(asked);
    if (refusal !== undefined) {
      const header = headerOf(await this.#scope.store.status());
      await this.#outbox.put(note(header, NO_WATCH, { created: true, canceled: true, cancelReason: refusal }));
      return;
    }
    const watch = new StreamWatch(this.#scope, this.#idFor(asked), asked, this.#outbox);
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
      this.#outbox.fail(error);
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
