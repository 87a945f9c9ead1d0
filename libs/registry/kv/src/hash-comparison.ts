import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import { KEYSPACES, type Keyspace, type Revision } from './ids.ts';
import type { Alarm, KeyspaceHash } from './kv-admin.ts';
import { NO_MEMBER } from './machine/alarms.ts';

/** How often members are compared, as etcd's check of compacted revisions. Lower: found sooner; each time every member reads all it has. */
export const HASH_COMPARISON_MS = 60_000;

/**
 * From when the revision is chosen until members are asked for their hash at it, all at once: they have applied it by then, and each
 * takes its state when it is asked, so all have the same compaction behind them.
 */
const SETTLE_MS = 100;

export interface HashComparisonOptions {
  readonly clock: Clock;
  /** Default: `HASH_COMPARISON_MS`. */
  readonly intervalMs?: number;
  /** This one. */
  readonly memberId: bigint;
  /** All members that have the state, this one too. */
  readonly members: () => readonly bigint[];
  /** The store's now, as far as this member knows. */
  readonly revision: () => Promise<Revision>;
  /** Whether this member does: one is to compare. */
  readonly leads: () => boolean;
  /** Of a member's keyspace, as its `StoreAdmin.hashKeyspace` answers; of this one's, too. */
  readonly hashOf: (member: bigint, keyspace: Keyspace, revision: Revision) => Promise<KeyspaceHash>;
  /** Raises the alarm `corrupt` in the store. */
  readonly raise: (alarm: Alarm) => Promise<unknown>;
  /** Told what could not be compared or raised, which is tried again. */
  readonly onFailure: (error: PortolanError) => void;
}

interface Answer {
  readonly member: bigint;
  readonly hash: number;
}

interface Comparable extends Answer {
  readonly oldest: Revision;
}

/**
 * Who leads asks all members for the hash of each keyspace at one revision, from time to time, and raises the alarm `corrupt` about
 * those that differ from the most. A member that lags, or has compacted otherwise meanwhile, is compared the next time.
 */
export class HashComparison implements AsyncDisposable {
  readonly #options: HashComparisonOptions;
  readonly #intervalMs: number;
  #timer: Timer | undefined;
  #comparing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HashComparisonOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? HASH_COMPARISON_MS;
    this.#arm();
  }

  /** Resolves when nothing is compared any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#comparing;
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.after(this.#intervalMs, () => {
      this.#comparing = this.#compareAll().finally(() => {
        this.#comparing = undefined;
        this.#arm();
      });
    });
  }

  async #compareAll(): Promise<void> {
    for (const keyspace of KEYSPACES) {
      if (this.#isClosed || !this.#options.leads()) return;
      try {
        await this.#compare(keyspace);
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        this.#options.onFailure(error);
      }
    }
  }

  async #compare(keyspace: Keyspace): Promise<void> {
    const { memberId, clock, revision, hashOf, raise } = this.#options;
    const at = await revision();
    await new Promise<void>((resolve) => {
      clock.after(SETTLE_MS, resolve);
    });
    if (this.#isClosed) return;
    const members = new Set([memberId, ...this.#options.members()]);
    const asked = [...members].map((member) => this.#ask(member, () => hashOf(member, keyspace, at)));
    const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
    const oldest = answers.find(({ member }) => member === memberId)?.oldest;
    const comparable = answers.filter((answer) => answer.oldest === oldest);
    for (const member of differing(comparable, members.size)) {
      await raise({ kind: 'corrupt', memberId: member, keyspace: undefined });
    }
  }

  /** @returns undefined when it cannot be compared now */
  async #ask(member: bigint, hashOf: () => Promise<KeyspaceHash>): Promise<Comparable | undefined> {
    try {
      const { hash, oldest } = await hashOf();
      return { member, hash, oldest };
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      // It lags, has compacted, or is away.
      this.#options.onFailure(error);
      return undefined;
    }
  }
}

/**
 * Whose state is wrong.
 * @param size how many members there are: who is right are more than half of them
 * @returns no member's id when some differ, and nobody can tell which
 */
export function differing(answers: readonly Answer[], size: number): readonly bigint[] {
  const counts = new Map<number, number>();
  for (const { hash } of answers) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  if (counts.size < 2) return [];
  const right = [...counts].find(([, count]) => count * 2 > size)?.[0];
  if (right === undefined) return [NO_MEMBER];
  return answers.filter(({ hash }) => hash !== right).map(({ member }) => member);
}
