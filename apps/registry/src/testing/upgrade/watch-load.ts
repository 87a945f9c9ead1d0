import type { Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, keyToText, revision } from '@portolan/kv';
import { createKvClient, type KvClient } from '@portolan/kv-client';
import { connect } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { Load } from './load.ts';
import { VersionsSeen } from './versions-seen.ts';

const principal: Principal = { kind: 'service', name: 'watching' };
/** Keys that this looks at are put, and never deleted. */
const WATCHED = { keyspace: 'user', keys: keysWithPrefix(keyOf('history/')) } as const;
/** Until what was acknowledged has arrived. A guard against hanging. */
const ARRIVES_MS_MAX = 60_000;

/** A watch at each member, from the first revision on. */
export class WatchLoad implements Load {
  readonly #stack = new AsyncDisposableStack();
  readonly #ended = new AbortController();
  readonly #stores: readonly KvClient[];
  readonly #seen: readonly VersionsSeen[];
  readonly #watching: Promise<unknown>;

  constructor(addresses: readonly string[]) {
    this.#stores = addresses.map((address) => {
      const connection = this.#stack.use(connect(address, { principal }));
      return this.#stack.use(createKvClient(connection, { clock, rng }));
    });
    this.#seen = addresses.map((address) => new VersionsSeen(`the watch at ${address}`));
    this.#watching = Promise.all(
      this.#stores.map((store, index) => this.#watch(store, this.#seen[index] ?? new VersionsSeen('nobody'))),
    );
    // Told by `check`.
    this.#watching.catch(() => undefined);
  }

  summary(): string {
    return `${this.#seen.map(({ count }) => count).join(', ')} events at the three watches, gapless`;
  }

  async check(): Promise<void> {
    const [store] = this.#stores;
    const { keyValues = [] } = (await store?.range({ principal, ...WATCHED })) ?? {};
    const versions = new Map(keyValues.map(({ key, version }) => [keyToText(key), version]));
    const until = Date.now() + ARRIVES_MS_MAX;
    while (Date.now() < until && !this.#seen.every((seen) => seen.has(versions))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    this.#ended.abort();
    await this.#watching;
    for (const seen of this.#seen) {
      seen.check();
      if (!seen.has(versions)) throw new Error(`a watch has not seen everything after ${ARRIVES_MS_MAX} ms`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#stack.disposeAsync();
  }

  async #watch(store: KvClient, seen: VersionsSeen): Promise<void> {
    const request = { principal, ...WATCHED, startRevision: revision(1) };
    for await (const { events } of store.watch(request, this.#ended.signal)) {
      for (const event of events) {
        if (event.kind !== 'put') throw new Error(`${keyToText(event.key)} was deleted`);
        seen.note(keyToText(event.keyValue.key), event.keyValue.version);
      }
    }
  }
}
