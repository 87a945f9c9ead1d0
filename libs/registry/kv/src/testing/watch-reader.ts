import { assert } from '@portolan/kernel';
import type { KvStore } from '../kv-store.ts';
import type { WatchBatch, WatchEvent, WatchRequest } from '../watch-request.ts';
import { principal } from './shorthand.ts';

/** Reads a watch batch by batch, checking with each one what holds for all: order, whole revisions, no repetition. */
export class WatchReader implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #batches: AsyncIterator<WatchBatch>;
  readonly events: WatchEvent[] = [];
  #delivered = 0;

  constructor(store: KvStore, request: Omit<WatchRequest, 'principal'>) {
    this.#batches = store.watch({ principal, ...request }, this.#abort.signal)[Symbol.asyncIterator]();
  }

  /** Of the last batch. */
  get delivered(): number {
    return this.#delivered;
  }

  /** The next batch, whatever it is. */
  async next(): Promise<WatchBatch> {
    const result = await this.#batches.next();
    assert(result.done !== true, 'a watch that nobody aborted does not end');
    this.#check(result.value);
    return result.value;
  }

  /** Reads `created`. Whatever changes after it is seen. */
  async created(): Promise<this> {
    const batch = await this.next();
    assert(batch.kind === 'created', 'the first batch says that the watch is created');
    return this;
  }

  /** Reads until there are `count` events in all; more when a batch brings more. */
  async until(count: number): Promise<readonly WatchEvent[]> {
    while (this.events.length < count) await this.next();
    return this.events;
  }

  abort(): void {
    this.#abort.abort();
  }

  /** After `abort`. */
  async ended(): Promise<boolean> {
    const { done } = await this.#batches.next();
    return done === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#batches.return?.();
  }

  #check(batch: WatchBatch): void {
    assert(batch.revision >= this.#delivered, 'a watch never goes back');
    assert((batch.kind === 'events') === batch.events.length > 0, 'only a batch of events has events, and it has some');
    let last = this.#delivered;
    const seen = new Set<string>();
    for (const event of batch.events) {
      const { modRevision, key } = event.kind === 'put' ? event.keyValue : event;
      assert(modRevision > this.#delivered, 'a revision is not split over two batches, nor delivered again');
      assert(modRevision >= last, 'events are in the order of their revisions');
      assert(!seen.has(`${String(modRevision)} ${key}`), 'an event is delivered once');
      seen.add(`${String(modRevision)} ${key}`);
      last = modRevision;
    }
    assert(last <= batch.revision, 'a batch covers its events');
    this.#delivered = batch.revision;
    this.events.push(...batch.events);
  }
}
