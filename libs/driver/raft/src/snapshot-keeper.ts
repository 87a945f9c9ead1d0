import { PortolanError } from '@portolan/kernel';
import { entryBytes, logIndex, type Entry, type LogIndex, type Raft, type SnapshotMetadata } from '@portolan/raft';
import { encodeMark, encodeMetadata } from './log-records.ts';
import { DEFAULT_SNAPSHOT_POLICY, type RaftMemberOptions, type SnapshotPolicy } from './options.ts';
import type { Recovered } from './recover.ts';

/** Takes snapshots when the log has grown enough, keeps those that are needed, and lets go of the log before them. */
export class SnapshotKeeper implements AsyncDisposable {
  readonly #options: Pick<RaftMemberOptions<unknown>, 'machine' | 'onEvent'>;
  readonly #recovered: Recovered;
  readonly #raft: Raft;
  readonly #policy: SnapshotPolicy;
  readonly #fail: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #applied: LogIndex;
  /** Since the last one was begun. */
  #entries = 0;
  #bytes = 0;
  #taking: Promise<void> | undefined = undefined;

  /** @param fail told of what is no disk's fault: a broken invariant, or a state machine that can't be written down */
  constructor(options: RaftMemberOptions<unknown>, recovered: Recovered, raft: Raft, fail: (error: unknown) => void) {
    this.#fail = fail;
    this.#options = options;
    this.#recovered = recovered;
    this.#raft = raft;
    this.#policy = { ...DEFAULT_SNAPSHOT_POLICY, ...options.snapshots };
    this.#applied = recovered.raft.snapshot.index;
  }

  /** The last entry that the state machine has. */
  get applied(): LogIndex {
    return this.#applied;
  }

  noteApplied(entry: Entry): void {
    this.#applied = entry.index;
    this.#entries += 1;
    this.#bytes += entryBytes(entry);
  }

  /** Begins a snapshot if one is due and none is under way. */
  afterApply(): void {
    const { entries, bytes } = this.#policy;
    if (this.#taking !== undefined || (this.#entries < entries && this.#bytes < bytes)) return;
    this.#entries = 0;
    this.#bytes = 0;
    this.#taking = this.#take(this.#applied).finally(() => {
      this.#taking = undefined;
    });
  }

  async #take(index: LogIndex): Promise<void> {
    const { machine, onEvent } = this.#options;
    const { snapshots, wal } = this.#recovered;
    try {
      const metadata = this.#raft.snapshotAt(index);
      const slices = begun(machine.snapshot());
      const { signal } = this.#stopping;
      await snapshots.save({ index, metadata: encodeMetadata(metadata), slices, signal });
      // A leader's snapshot came meanwhile: its mark is in the log, and an older one must not follow it.
      if (this.#raft.status.snapshotIndex >= index) return;
      await wal.append([encodeMark({ index, term: metadata.term, origin: 'taken' })]);
      this.#raft.compact(metadata, this.#kept(index));
      onEvent?.({ kind: 'snapshot-saved', index });
      await this.#letGo(index);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (error instanceof PortolanError) onEvent?.({ kind: 'snapshot-failed', index, error });
      else this.#fail(error);
    }
  }

  /** How many entries stay in memory of those that a snapshot at `index` has. */
  #kept(index: LogIndex): number {
    const { keepEntries, keepBytes } = this.#policy;
    const most = Math.min(keepEntries, index);
    let bytes = 0;
    for (let kept = 0; kept < most; kept += 1) {
      const entry = this.#raft.entryAt(logIndex(index - kept));
      bytes += entry === undefined ? Infinity : entryBytes(entry);
      if (bytes > keepBytes) return kept;
    }
    return most;
  }

  /**
   * What is older than the oldest snapshot that is kept.
   * @param newest the one that the log goes on from. Those ahead of it were received, and come to nothing when their leader was
   * replaced meanwhile: they take nobody's place.
   */
  async #letGo(newest: LogIndex): Promise<void> {
    const { snapshots, wal, segmentEnds } = this.#recovered;
    const { keepSnapshots } = this.#policy;
    const ours = (await snapshots.list()).filter(({ index }) => index <= newest);
    for (const { index } of ours.slice(keepSnapshots).reverse()) await snapshots.remove(index);
    const oldest = ours[Math.min(keepSnapshots, ours.length) - 1];
    if (oldest !== undefined) await wal.releaseBefore(segmentEnds.neededAfter(oldest.index, wal.segment));
  }

  /** Contents of one of ours, for a follower. */
  async open(index: LogIndex): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#recovered.snapshots.open(index)).slices;
  }

  /** Makes a leader's snapshot durable. Nothing relies on it until the core accepts it. */
  async receive(metadata: SnapshotMetadata, slices: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const { index } = metadata;
    await this.#recovered.snapshots.save({ index, metadata: encodeMetadata(metadata), slices, signal });
  }

  /** Lets the state machine stand on a snapshot that was received; entries after it come when this has resolved. */
  async install({ index }: SnapshotMetadata): Promise<void> {
    const { machine } = this.#options;
    // One that is being taken reads what is now replaced.
    await this.#taking;
    await machine.restore(await this.open(index));
    this.#applied = logIndex(Math.max(this.#applied, index));
    this.#entries = 0;
    this.#bytes = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#taking;
  }
}

/** The same slices, of which the first is made now: a generator runs nothing before, and would then make all of a later state. */
function begun(slices: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const iterator = slices[Symbol.iterator]();
  return goOn(iterator.next(), iterator);
}

function* goOn(
  first: IteratorResult<Uint8Array, unknown>,
  iterator: Iterator<Uint8Array, unknown>,
): Generator<Uint8Array> {
  try {
    for (let slice = first; slice.done !== true; slice = iterator.next()) yield slice.value;
  } finally {
    iterator.return?.();
  }
}
