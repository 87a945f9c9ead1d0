import type { Clock } from '@portolan/kernel';
import { StoreClosedError, TooManyWatchersError } from '../errors.ts';
import type { Header } from '../header.ts';
import { KEYSPACES, revision, type Keyspace, type Revision } from '../ids.ts';
import { WATCHERS_PER_RESERVED } from '../limits.ts';
import type { Change } from '../machine/change.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import type { WatchBatch, WatchRequest } from '../watch-request.ts';
import { CatchUp } from './catch-up.ts';
import { WakeUps } from './wake-ups.ts';
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
  readonly #behind: Readonly<Record<Keyspace, CatchUp>> = {
    user: new CatchUp(),
    catalog: new CatchUp(),
    system: new CatchUp(),
  };
  readonly #watchers = new Set<Watcher>();
  readonly #wakeUps: WakeUps;
  #closed = false;

  constructor(options: WatchHubOptions) {
    this.#options = options;
    this.#wakeUps = new WakeUps(options.clock);
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Hot path: once per change. */
  notice(keyspace: Keyspace, change: Change): void {
    if (!this.#behind[keyspace].isEmpty) this.#catchUp(keyspace);
    this.#indexes[keyspace].notice(change);
  }

  /** A snapshot took the place of the state, which was at `before`: watches go on where its history allows, the others end. */
  resume(before: Revision): void {
    for (const watcher of this.#watchers) {
      const behind = this.#behind[watcher.request.keyspace];
      // What it has not looked through yet is in the other state too.
      if (behind.has(watcher)) continue;
      watcher.resume(before);
      behind.add(watcher);
    }
    for (const keyspace of KEYSPACES) this.#catchUp(keyspace);
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
      if (this.#behind[request.keyspace].has(watcher)) {
        // Those that begin in the same turn look through history together: when a member ends, its clients all come at once.
        await Promise.resolve();
        this.#catchUp(request.keyspace);
      }
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
    this.#wakeUps.close();
    for (const watcher of this.#watchers) this.#close(watcher);
  }

  #open(request: WatchRequest): Watcher {
    if (this.#closed) throw new StoreClosedError();
    const watchersMax = this.#watchersMax(request.keyspace);
    if (this.#watchers.size >= watchersMax) throw new TooManyWatchersError(watchersMax);
    const { header, keyspaces } = this.#options;
    const { revision: current } = header();
    const watcher = new Watcher(request, keyspaces()[request.keyspace], current, this.#wakeUps);
    this.#watchers.add(watcher);
    this.#indexes[request.keyspace].add(watcher);
    if (watcher.from <= current) this.#behind[request.keyspace].add(watcher);
    return watcher;
  }

  #catchUp(keyspace: Keyspace): void {
    this.#behind[keyspace].run(this.#options.keyspaces()[keyspace]);
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
    this.#behind[watcher.request.keyspace].delete(watcher);
    watcher.wakeUp();
  }
}
