import { KEYSPACES, type Keyspace, type Revision } from './ids.ts';
import type { Command } from './machine/command.ts';
import type { History } from './machine/history.ts';
import type { KeyspaceState } from './machine/keyspace-state.ts';

/** Old enough for a watcher that was away for minutes; at 1 KiB a change about 10 MB a keyspace. */
export const KEEP_CHANGES = 10_000;

/** Large values must not turn 10,000 changes into gigabytes. */
export const KEEP_BYTES = 256 * 1024 ** 2;

/** What each keyspace keeps of its history, besides the newest change. */
export interface AutoCompaction {
  /** Changes of the keyspace itself: a busy catalog does not take a quiet one's history. */
  readonly keepChanges: number;
  readonly keepBytes: number;
}

export const DEFAULT_AUTO_COMPACTION: AutoCompaction = { keepChanges: KEEP_CHANGES, keepBytes: KEEP_BYTES };

/** Compacting starts when this much more has gathered: each time rebuilds the oldest root, so not for every change. */
const SLACK = 1.1;

export interface AutoCompactorOptions {
  readonly keyspaces: () => Readonly<Record<Keyspace, KeyspaceState>>;
  /** Whether this member does. */
  readonly leads: () => boolean;
  readonly propose: (command: Command) => Promise<unknown>;
}

/** The leader decides what is old; forgetting it goes through the log, as every compaction does. */
export class AutoCompactor {
  readonly #keep: AutoCompaction;
  readonly #options: AutoCompactorOptions;
  readonly #underWay = new Set<Keyspace>();

  constructor(keep: AutoCompaction, options: AutoCompactorOptions) {
    this.#keep = keep;
    this.#options = options;
  }

  /** To be called after each entry, when it has been applied. */
  look(): void {
    const { keyspaces, leads, propose } = this.#options;
    if (!leads()) return;
    for (const keyspace of KEYSPACES) {
      const oldest = this.#oldestToKeep(keyspaces()[keyspace].history);
      if (oldest === undefined || this.#underWay.has(keyspace)) continue;
      this.#underWay.add(keyspace);
      const settle = (): void => {
        this.#underWay.delete(keyspace);
      };
      // Not in this turn: the log is still busy with the entry. A proposal that is lost is made again after the next entry.
      void Promise.resolve()
        .then(() => propose({ kind: 'compact', keyspace, revision: oldest }))
        .then(settle, settle);
    }
  }

  /** @returns undefined while there is nothing to do */
  #oldestToKeep(history: History): Revision | undefined {
    const { keepChanges, keepBytes } = this.#keep;
    const tooMany = history.length > keepChanges * SLACK;
    const tooLarge = history.bytes > keepBytes * SLACK;
    if (history.length < 2 || !(tooMany || tooLarge)) return undefined;
    const byBytes = tooLarge ? Math.floor((history.length * keepBytes) / history.bytes) : history.length;
    const keep = Math.max(1, Math.min(keepChanges, byBytes));
    return history.at(history.length - keep).revision;
  }
}
