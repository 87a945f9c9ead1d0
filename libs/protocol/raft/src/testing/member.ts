import { assert, type Rng } from '@portolan/kernel';
import type { RaftEvent } from '../event.ts';
import { logIndex, NO_INDEX, type LogIndex, type MemberId } from '../ids.ts';
import type { RaftLimits } from '../options.ts';
import { Raft } from '../raft.ts';
import type { Ready } from '../ready.ts';
import type { SnapshotMetadata } from '../snapshot.ts';
import type { Disk, SavedSnapshot } from './disk.ts';
import { apply, type State } from './machine.ts';
import type { Entry } from '../entry.ts';

const keyOf = ({ term, index }: SnapshotMetadata): string => `${term}/${index}`;

/** A core with a disk and a state machine: what a driver adds to it, with every moment decided from outside. */
export class Member {
  readonly id: MemberId;
  readonly disk: Disk;
  /** Undefined while it is crashed. */
  raft: Raft | undefined = undefined;
  state: State;
  /** A slow disk writes when it is told to. */
  diskIsSlow = false;
  /** Given to the disk, in order, and not yet written. */
  readonly writing: Ready[] = [];
  /** As far as it has been told. */
  committed: LogIndex = NO_INDEX;
  #starts = 0;
  #newest: SavedSnapshot;
  /** Of snapshots that are being installed. */
  readonly #contents = new Map<string, State>();
  readonly #history = new Map<LogIndex, State>();

  constructor(id: MemberId, disk: Disk) {
    this.id = id;
    this.disk = disk;
    this.#newest = disk.snapshot;
    this.state = disk.snapshot.state;
  }

  start(rng: Rng, limits: Partial<RaftLimits>, trace: (event: RaftEvent) => void): Raft {
    const { hardState, snapshot, entries } = this.disk;
    this.#starts += 1;
    this.#newest = snapshot;
    this.#contents.clear();
    this.#history.clear();
    this.#become(snapshot.state);
    const start = this.#starts;
    const { metadata } = snapshot;
    this.raft = new Raft({ id: this.id, start, rng, hardState, snapshot: metadata, entries, limits, trace });
    this.committed = this.raft.status.committed;
    return this.raft;
  }

  crash(): void {
    this.raft = undefined;
    this.writing.length = 0;
  }

  #become(state: State): void {
    this.state = state;
    this.#history.set(state.index, state);
  }

  apply(entry: Entry): void {
    this.#become(apply(this.state, entry));
  }

  /** What `metadata`, which this member is sending, is a snapshot of. */
  contentsOf(metadata: SnapshotMetadata): State {
    assert(metadata.index === this.#newest.metadata.index, 'the newest snapshot is the one that is sent');
    return this.#newest.state;
  }

  receiveContents(metadata: SnapshotMetadata, contents: State): void {
    this.#contents.set(keyOf(metadata), contents);
  }

  /** The state machine starts anew from a snapshot of the leader. */
  install(metadata: SnapshotMetadata): void {
    const saved = this.#saved(metadata);
    this.#newest = saved;
    this.#become(saved.state);
  }

  /** The oldest write happens. @returns what was written, not yet confirmed to the core */
  write(): Ready | undefined {
    const ready = this.writing.shift();
    const persist = ready?.persist;
    if (persist === undefined) return undefined;
    this.disk.write(persist, persist.snapshot && this.#saved(persist.snapshot));
    return ready;
  }

  #saved(metadata: SnapshotMetadata): SavedSnapshot {
    const state = this.#contents.get(keyOf(metadata));
    assert(state !== undefined, 'the contents of a snapshot travel with its message');
    return { metadata, state };
  }

  /** A snapshot of its own, of what it has applied. @returns whether there was anything new to hold */
  compact(raft: Raft, index: LogIndex, keepEntries: number): boolean {
    if (index <= this.#newest.metadata.index) return false;
    const state = this.#history.get(logIndex(index));
    assert(state !== undefined, 'a snapshot is of what was applied');
    const saved = { metadata: raft.snapshotAt(index), state };
    this.disk.compact(saved);
    this.#newest = saved;
    raft.compact(saved.metadata, keepEntries);
    return true;
  }
}
