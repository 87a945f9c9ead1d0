import { PortolanError, type Clock, type Principal, type Timer } from '@portolan/kernel';
import { keyOf, oneKey, type KvStore } from '@portolan/kv';
import { NoLeaderError } from '@portolan/raft';
import { sleep } from '@portolan/runtime';

/**
 * A stream that begins while there is no leader lasts so long at most, ms. What is known is better than nothing, but its client is to go
 * on looking for a member that is led. Longer than an election, so that an ordinary one ends none.
 */
export const UNLED_STREAM_MS = 5_000;

/**
 * Whether there is a leader again, or the store can be watched again, is looked at so often, ms. Longer: who comes meanwhile is taken for
 * unled, and told late when the leader is lost again. It costs a look into memory.
 */
export const LOOK_AGAIN_MS = 250;

export interface LeaderWatchLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface LeaderWatchOptions {
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: LeaderWatchLogger;
}

interface Follower {
  readonly lost: (why: PortolanError) => void;
  /** Ends it, if there is no leader until then. */
  patience: Timer | undefined;
}

const PRINCIPAL: Principal = { kind: 'system', name: 'leader-watch' };
/** Nobody writes it: how the watch of it ends is all that it tells. */
const REQUEST = { principal: PRINCIPAL, keyspace: 'system', keys: oneKey(keyOf('leader-watch')) } as const;

/**
 * Whether this member is led, for all streams of its server that are fed from memory and would not notice: one watch of the store, which
 * ends when the leader is lost (`KvStore.watch`). Any other end of it says nothing of the leader. A store on an etcd cluster goes on
 * at another of its members by itself: there no leader is ever lost.
 */
export class LeaderWatch implements AsyncDisposable {
  readonly #options: LeaderWatchOptions;
  readonly #stop = new AbortController();
  readonly #followers = new Set<Follower>();
  readonly #running: Promise<void>;
  #loss: NoLeaderError | undefined;
  /** Code of what keeps it from watching, said once; undefined while it does. */
  #hindrance: string | undefined;

  constructor(options: LeaderWatchOptions) {
    this.#options = options;
    this.#running = this.#run(this.#stop.signal);
  }

  /**
   * @param lost called at most once: when the leader is lost, or has been for `UNLED_STREAM_MS` from now
   * @returns to be disposed of when nobody wants to know any more
   */
  follow(lost: (why: PortolanError) => void): Disposable {
    const follower: Follower = { lost, patience: undefined };
    this.#followers.add(follower);
    if (this.#loss !== undefined) {
      follower.patience = this.#options.clock.after(UNLED_STREAM_MS, () => {
        if (this.#loss !== undefined) this.#end(follower, this.#loss);
      });
    }
    return {
      [Symbol.dispose]: () => {
        this.#forget(follower);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const follower of this.#followers) this.#forget(follower);
    await this.#running;
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { store, logger } = this.#options;
    while (!stop.aborted) {
      try {
        // It begins only where somebody leads.
        for await (const { kind } of store.watch(REQUEST, stop)) if (kind === 'created') this.#led();
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        if (error instanceof NoLeaderError) this.#lost(error);
        else if (this.#hindrance !== error.code) {
          this.#hindrance = error.code;
          logger.warn({ err: error }, 'cannot watch whether this registry is led: trying again');
        }
      }
      // It rejects only when this is disposed of.
      await sleep(this.#options.clock, LOOK_AGAIN_MS, stop).catch(() => undefined);
    }
  }

  #led(): void {
    this.#hindrance = undefined;
    if (this.#loss === undefined) return;
    this.#loss = undefined;
    for (const follower of this.#followers) {
      follower.patience?.cancel();
      follower.patience = undefined;
    }
    this.#options.logger.info({ streams: this.#followers.size }, 'this registry is led again');
  }

  #lost(why: NoLeaderError): void {
    if (this.#loss !== undefined) return;
    this.#loss = why;
    this.#options.logger.warn(
      { err: why, streams: this.#followers.size },
      'this registry has lost its leader: streams go on at another',
    );
    for (const follower of this.#followers) this.#end(follower, why);
  }

  #end(follower: Follower, why: PortolanError): void {
    this.#forget(follower);
    follower.lost(why);
  }

  #forget(follower: Follower): void {
    follower.patience?.cancel();
    this.#followers.delete(follower);
  }
}
