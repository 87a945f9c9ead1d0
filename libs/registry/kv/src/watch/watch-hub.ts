import type { Clock } from '@portolan/kernel';
import { StoreClosedError, TooManyWatchersError } from '../errors.ts';
import type { Header } from '../header.ts';
import { revision, type Keyspace, type Revision } from '../ids.ts';
import { WATCHERS_PER_RESERVED } from '../limits.ts';
import type { Change } from '../machine/change.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import type { WatchBatch, WatchRequest } from '../watch-request.ts';
import { WatchIndex } from './watch-index.ts';
import { Watcher } from './watcher.ts';

export interface WatchHubOptions {
  readonly clock: Clock;
  readonly keyspaces: () => Readonly<Record<Keyspace, KeyspaceState>>;
  readonly header: () => Header;
  readonly watchersMax: number;
  readonly progressIntervalMs: number;
}

/** All watches of this member. */
export class WatchHub {
  readonly #options: WatchHubOptions;
  readonly #indexes: Readonly<Record<Keyspace, WatchIndex>> = {
    user: new WatchIndex(),
    catalog: new WatchIndex(),
    system: new WatchIndex(),
  };
  readonly #watchers = new Set<Watcher>();
  #closed = false;

  constructor(options: WatchHubOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Hot path: once per change. */
  notice(keyspace: Keyspace, change: Change): void {
    this.#indexes[keyspace].notice(change);
  }

  /** A snapshot took the place of the state, which was at `before`: watches go on where its history allows, the others end. */
  resume(before: Revision): void {
    const { header, keyspaces } = this.#options;
    const { revision: current } = header();
    for (const watcher of this.#watchers) {
      watcher.resume(keyspaces()[watcher.request.keyspace], before, current);
    }
  }

  /**
   * @throws CompactedError, TooManyWatchersError, StoreClosedError: at the first `next()` or, for the last two, at any; and what
   * `endFollowing` was called with
   */
  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, void, undefined> {
    if (signal.aborted) return;
    const watcher = this.#open(request);
    const close = (): void => {
      this.#close(watcher);
    };
    signal.addEventListener('abort', close, { once: true });
    try {
      const { incarnation } = this.#options.header();
      yield { kind: 'created', incarnation, revision: watcher.deliveredAtStart, events: [] };
      let quiet = false;
      while (this.#watchers.has(watcher)) {
        // Read first, and in the same turn: progress must not overtake events (etcd#15220).
        const batch = this.#read(watcher) ?? (quiet ? this.#progress(watcher) : undefined);
        quiet = false;
        if (batch === undefined) quiet = await this.#quiet(watcher);
        else yield batch;
      }
      if (this.#closed) throw new StoreClosedError();
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }

  /** Those that are not content with what may be old end with this error. */
  endFollowing(why: Error): void {
    for (const watcher of this.#watchers) if (watcher.request.serializable !== true) watcher.end(why);
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) this.#close(watcher);
  }

  #open(request: WatchRequest): Watcher {
    if (this.#closed) throw new StoreClosedError();
    const watchersMax = this.#watchersMax(request.keyspace);
    if (this.#watchers.size >= watchersMax) throw new TooManyWatchersError(watchersMax);
    const { header, keyspaces } = this.#options;
    const watcher = new Watcher(request, keyspaces()[request.keyspace], header().revision);
    this.#watchers.add(watcher);
    this.#indexes[request.keyspace].add(watcher);
    return watcher;
  }

  #watchersMax(keyspace: Keyspace): number {
    const { watchersMax } = this.#options;
    return keyspace === 'user' ? watchersMax - Math.floor(watchersMax / WATCHERS_PER_RESERVED) : watchersMax;
  }

  #read(watcher: Watcher): WatchBatch | undefined {
    const { header, keyspaces } = this.#options;
    return watcher.read(header(), keyspaces()[watcher.request.keyspace]);
  }

  #progress(watcher: Watcher): WatchBatch {
    const { incarnation, revision: current } = this.#options.header();
    const reached = revision(Math.max(current, watcher.deliveredAtStart));
    return { kind: 'progress', incarnation, revision: reached, events: [] };
  }

  /** Waits for something to read. @returns true when nothing came for so long that progress is to be reported */
  async #quiet(watcher: Watcher): Promise<boolean> {
    if (watcher.request.progress !== true) {
      await watcher.waiting();
      return false;
    }
    let quiet = false;
    const timer = this.#options.clock.after(this.#options.progressIntervalMs, () => {
      quiet = true;
      watcher.wakeUp();
    });
    await watcher.waiting();
    timer.cancel();
    return quiet;
  }

  #close(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#indexes[watcher.request.keyspace].delete(watcher);
    watcher.wakeUp();
  }
}
