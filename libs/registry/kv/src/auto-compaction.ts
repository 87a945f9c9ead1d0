import type { Clock } from '@portolan/kernel';
import { AgeMarks } from './age-marks.ts';
import { KEYSPACES, type Keyspace, type Revision } from './ids.ts';
import type { Command } from './machine/command.ts';
import type { History } from './machine/history.ts';
import type { KeyspaceState } from './machine/keyspace-state.ts';

/** Old enough for a watcher that was away for minutes; at 1 KiB a change about 10 MB a keyspace. */
export const KEEP_CHANGES = 10_000;

/** Large values must not turn 10,000 changes into gigabytes. */
export const KEEP_BYTES = 256 * 1024 ** 2;

/** What a keyspace keeps of its history, besides the newest change. Whichever bound is reached first. */
export interface KeptHistory {
  /** Changes of the keyspace itself: a busy catalog does not take a quiet one's history. etcd's mode `revision` counts all. */
  readonly keepChanges: number;
  readonly keepBytes: number;
  /**
   * So long by the clock of who leads, and up to a tenth longer, as etcd's mode `periodic`; a new leader begins to count anew.
   * Absent: however old.
   */
  readonly keepMs?: number;
}

export interface AutoCompaction extends KeptHistory {
  /** Of keyspaces that have bounds of their own. */
  readonly keyspaces?: Partial<Readonly<Record<Keyspace, Partial<KeptHistory>>>>;
}

export const DEFAULT_AUTO_COMPACTION: AutoCompaction = { keepChanges: KEEP_CHANGES, keepBytes: KEEP_BYTES };

/** Compacting starts when this much more has gathered: each time rebuilds the oldest root, so not for every change. */
const SLACK = 1.1;

interface Keeping extends KeptHistory {
  /** More are too many. */
  readonly changesMax: number;
  readonly bytesMax: number;
}

export interface AutoCompactorOptions {
  readonly clock: Clock;
  readonly keyspaces: () => Readonly<Record<Keyspace, KeyspaceState>>;
  readonly revision: () => Revision;
  /** Whether this member does. */
  readonly leads: () => boolean;
  readonly propose: (command: Command) => Promise<unknown>;
}

/** The leader decides what is old; forgetting it goes through the log, as every compaction does. */
export class AutoCompactor {
  readonly #options: AutoCompactorOptions;
  readonly #keep: Readonly<Record<Keyspace, Keeping>>;
  readonly #marks = new Map<Keyspace, AgeMarks>();
  readonly #underWay = new Set<Keyspace>();

  constructor(keep: AutoCompaction, options: AutoCompactorOptions) {
    this.#options = options;
    const { keyspaces = {}, ...all } = keep;
    this.#keep = {
      user: keeping({ ...all, ...keyspaces.user }),
      catalog: keeping({ ...all, ...keyspaces.catalog }),
      system: keeping({ ...all, ...keyspaces.system }),
    };
    for (const keyspace of KEYSPACES) {
      const { keepMs } = this.#keep[keyspace];
      if (keepMs === undefined) continue;
      const { clock, revision } = options;
      const onMark = (): void => {
        this.#lookAt(keyspace);
      };
      this.#marks.set(keyspace, new AgeMarks({ clock, keepMs, revision, onMark }));
    }
  }

  /** This member leads from now on. */
  start(): void {
    for (const marks of this.#marks.values()) marks.start();
  }

  stop(): void {
    for (const marks of this.#marks.values()) marks.stop();
  }

  /** To be called after each entry, when it has been applied. */
  look(): void {
    if (!this.#options.leads()) return;
    for (const keyspace of KEYSPACES) this.#lookAt(keyspace);
  }

  #lookAt(keyspace: Keyspace): void {
    const oldest = this.#oldestToKeep(keyspace, this.#options.keyspaces()[keyspace].history);
    if (oldest !== undefined && !this.#underWay.has(keyspace)) this.#compact(keyspace, oldest);
  }

  #compact(keyspace: Keyspace, oldest: Revision): void {
    const { propose } = this.#options;
    this.#underWay.add(keyspace);
    const settle = (): void => {
      this.#underWay.delete(keyspace);
    };
    // Not in this turn: the log is still busy with the entry. A proposal that is lost is made again after the next entry.
    void Promise.resolve()
      .then(() => propose({ kind: 'compact', keyspace, revision: oldest }))
      .then(settle, settle);
  }

  /** @returns undefined while there is nothing to do */
  #oldestToKeep(keyspace: Keyspace, history: History): Revision | undefined {
    const bySize = oldestBySize(history, this.#keep[keyspace]);
    const byAge = this.#marks.get(keyspace)?.oldestToKeep;
    const isOld = byAge !== undefined && history.length > 0 && history.at(0).revision < byAge;
    if (!isOld) return bySize;
    return bySize === undefined || bySize < byAge ? byAge : bySize;
  }
}

function keeping(kept: KeptHistory): Keeping {
  return { ...kept, changesMax: Math.floor(kept.keepChanges * SLACK), bytesMax: Math.floor(kept.keepBytes * SLACK) };
}

/** Hot path: after each entry. */
function oldestBySize(
  history: History,
  { keepChanges, keepBytes, changesMax, bytesMax }: Keeping,
): Revision | undefined {
  const tooMany = history.length > changesMax;
  const tooLarge = history.bytes > bytesMax;
  if (history.length < 2 || !(tooMany || tooLarge)) return undefined;
  const byBytes = tooLarge ? Math.floor((history.length * keepBytes) / history.bytes) : history.length;
  const keep = Math.max(1, Math.min(keepChanges, byBytes));
  return history.at(history.length - keep).revision;
}
