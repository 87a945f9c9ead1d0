import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import { KEYSPACES, type Keyspace, type Revision } from './ids.ts';
import type { Alarm, KeyspaceHash } from './kv-admin.ts';
import { NO_MEMBER } from './machine/alarms.ts';

/** How often members are compared, as etcd's check of compacted revisions. Lower: found sooner; each time every member reads all it has. */
export const HASH_COMPARISON_MS = 60_000;

export interface HashComparisonOptions {
  readonly clock: Clock;
  /** Default: `HASH_COMPARISON_MS`. */
  readonly intervalMs?: number;
  /** This one. */
  readonly memberId: bigint;
  /** All members that have the state, this one too. */
  readonly members: () => readonly bigint[];
  /** Whether this member does: one is to compare. */
  readonly leads: () => boolean;
  /** Of a member's keyspace, as its `StoreAdmin.hashKeyspace` answers; of this one's, too. */
  readonly hashOf: (member: bigint, keyspace: Keyspace, revision: Revision | undefined) => Promise<KeyspaceHash>;
  /** Raises the alarm `corrupt` in the store. */
  readonly raise: (alarm: Alarm) => Promise<unknown>;
  /** Told what could not be compared or raised, which is tried again. */
  readonly onFailure: (error: PortolanError) => void;
}

interface Answer {
  readonly member: bigint;
  readonly hash: number;
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
    const { memberId, members, hashOf, raise } = this.#options;
    const own = await hashOf(memberId, keyspace, undefined);
    const others = members().filter((member) => member !== memberId);
    const asked = others.map((member) => this.#ask(member, keyspace, own));
    const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
    for (const member of differing([{ member: memberId, hash: own.hash }, ...answers], others.length + 1)) {
      await raise({ kind: 'corrupt', memberId: member, keyspace: undefined });
    }
  }

  /** @returns undefined when it cannot be compared now */
  async #ask(member: bigint, keyspace: Keyspace, own: KeyspaceHash): Promise<Answer | undefined> {
    try {
      const { hash, oldest } = await this.#options.hashOf(member, keyspace, own.hashRevision);
      return oldest === own.oldest ? { member, hash } : undefined;
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
