import type { InFlight } from './in-flight.ts';
import { logIndex, NO_INDEX, type LogIndex } from './ids.ts';

/**
 * - `probe`: where the logs agree is a guess; one append per heartbeat until it is known
 * - `replicate`: appends are pipelined, as the windows allow
 * - `snapshot`: what it needs is compacted; nothing is sent until the snapshot has arrived
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What a leader knows of another member (§5.3: nextIndex, matchIndex; states as in etcd). */
export class Progress {
  state: ProgressState = 'probe';
  /** Everything up to here is durable there, and the same. */
  match: LogIndex = NO_INDEX;
  /** The first entry that it has not been sent. */
  next: LogIndex;
  /** The commit index that it was told last. */
  toldCommitted: LogIndex = NO_INDEX;
  /** The one append of this heartbeat has been sent. */
  probed = false;
  /** It has answered since quorum was last checked. */
  active = false;
  /** The last heartbeat round that it has answered. */
  round = 0;
  /** Index of the snapshot under way, and for how many ticks. */
  snapshotIndex: LogIndex = NO_INDEX;
  snapshotTicks = 0;
  readonly inFlight: InFlight;

  constructor(next: LogIndex, inFlight: InFlight) {
    this.next = next;
    this.inFlight = inFlight;
  }

  becomeProbe(): void {
    this.next = logIndex(this.match + 1);
    this.#enter('probe');
  }

  /** The snapshot was sent: the log goes on after it, if it arrived; a refusal says if it did not. */
  snapshotSent(): void {
    const after = Math.max(this.match, this.snapshotIndex);
    this.#enter('probe');
    this.next = logIndex(after + 1);
    this.probed = true;
  }

  /** The next try is with the next heartbeat. */
  snapshotFailed(): void {
    this.becomeProbe();
    this.probed = true;
  }

  becomeReplicate(): void {
    this.next = logIndex(this.match + 1);
    this.#enter('replicate');
  }

  becomeSnapshot(index: LogIndex): void {
    this.#enter('snapshot');
    this.snapshotIndex = index;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.probed = false;
    this.snapshotIndex = NO_INDEX;
    this.snapshotTicks = 0;
    this.inFlight.clear();
  }

  /** @returns false for an answer that says nothing new */
  matched(index: LogIndex): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = logIndex(Math.max(this.next, index + 1));
    return true;
  }

  /**
   * An append after `previousIndex` was refused; the logs may agree at `hintIndex`.
   * @returns false for an answer that is older than what is known
   */
  refused(previousIndex: LogIndex, hintIndex: LogIndex): boolean {
    if (this.state === 'replicate') {
      if (previousIndex <= this.match) return false;
      this.becomeProbe();
      return true;
    }
    if (this.state !== 'probe' || this.next - 1 !== previousIndex) return false;
    this.next = logIndex(Math.max(Math.min(previousIndex, hintIndex + 1), this.match + 1));
    this.probed = false;
    return true;
  }
}
