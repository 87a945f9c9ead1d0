import { Etcd3, EtcdLockFailedError, type Lease, type Watcher } from 'etcd3';
import { Repeated, type Load } from './load.ts';
import { VersionsSeen } from './versions-seen.ts';

/** Each put has a key of its own: one that failed may still come to be, and must not be taken for a loss of what came after it. */
const PREFIX = 'etcd/put/';
const LEASED = 'etcd/leased';
const TTL_SECONDS = 15;
const PAUSE_MS = 20;
const LOCK_PAUSE_MS = 200;
const ARRIVES_MS_MAX = 60_000;

/** What users of npm's etcd client do: puts and reads, a watch, a lease that it keeps alive itself, a lock. */
export class EtcdLoad implements Load {
  readonly #client: Etcd3;
  readonly #lease: Lease;
  readonly #seen = new VersionsSeen("the etcd client's watch");
  readonly #repeated: readonly Repeated[];
  readonly #watcher: Watcher;
  #lost: unknown;
  readonly #acknowledged: string[] = [];
  #locked = 0;
  #failed = 0;

  private constructor(client: Etcd3, lease: Lease, watcher: Watcher) {
    this.#client = client;
    this.#lease = lease;
    this.#watcher = watcher;
    lease.on('lost', (error) => {
      this.#lost = error;
    });
    watcher.on('put', ({ key, version }) => {
      this.#seen.note(key.toString(), Number(version));
    });
    this.#repeated = [
      new Repeated((turn) => this.#attempt(() => this.#put(`${PREFIX}${turn}`)), PAUSE_MS),
      new Repeated(() => this.#attempt(() => this.#lock()), LOCK_PAUSE_MS),
    ];
  }

  /** @param hosts etcd's ports of all members */
  static async start(hosts: readonly string[]): Promise<EtcdLoad> {
    const client = new Etcd3({ hosts: [...hosts] });
    const lease = client.lease(TTL_SECONDS);
    await lease.put(LEASED).value('here');
    const watcher = await client.watch().prefix(PREFIX).create();
    return new EtcdLoad(client, lease, watcher);
  }

  summary(): string {
    return (
      `by etcd3: ${this.#acknowledged.length} puts acknowledged, ${this.#seen.count} seen by its watch, gapless, ` +
      `${this.#locked} locks, its lease alive; ${this.#failed} requests failed while members restarted`
    );
  }

  async check(): Promise<void> {
    for (const one of this.#repeated) await one.end();
    if (this.#lost !== undefined) throw new Error('the lease was lost', { cause: this.#lost });
    if ((await this.#client.get(LEASED).string()) !== 'here') throw new Error('what was bound to the lease is gone');
    const { kvs } = await this.#client.getAll().prefix(PREFIX).exec();
    const versions = new Map(kvs.map(({ key, version }) => [key.toString(), Number(version)]));
    const missing = this.#acknowledged.filter((key) => !versions.has(key));
    if (this.#acknowledged.length === 0 || missing.length > 0) {
      throw new Error(
        `${missing.length} of ${this.#acknowledged.length} acknowledged puts are lost: ${missing.join(', ')}`,
      );
    }
    const until = Date.now() + ARRIVES_MS_MAX;
    while (Date.now() < until && !this.#seen.has(versions)) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#seen.check();
    if (!this.#seen.has(versions)) throw new Error(`the watch has not seen everything after ${ARRIVES_MS_MAX} ms`);
    if (this.#locked === 0) throw new Error('no lock was taken');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#repeated) await one[Symbol.asyncDispose]();
    // Of a stream that is broken already there is nothing to cancel; what it saw is `check`'s to judge.
    await this.#watcher.cancel().catch(() => undefined);
    this.#lease.release();
    this.#client.close();
  }

  /** A member that restarts fails what it is asked. What the client throws has many classes and no root. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      if (!(error instanceof EtcdLockFailedError)) this.#failed += 1;
    }
  }

  async #put(key: string): Promise<void> {
    await this.#client.put(key).value(key);
    this.#acknowledged.push(key);
    if ((await this.#client.get(key).string()) !== key) throw new TypeError(`${key} was acknowledged, and not read`);
  }

  async #lock(): Promise<void> {
    await this.#client
      .lock('etcd/lock')
      .ttl(TTL_SECONDS)
      .do(() => Promise.resolve());
    this.#locked += 1;
  }
}
