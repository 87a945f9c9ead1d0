import type { Entry, Ready, SnapshotMetadata } from '@portolan/raft';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import type { StateMachine } from './state-machine.ts';
import type { WaitingProposals } from './waiting-proposals.ts';
import type { WaitingReads } from './waiting-reads.ts';

export interface AnsweringOptions<Result> {
  readonly machine: StateMachine<Result>;
  readonly keeper: SnapshotKeeper;
  readonly proposals: WaitingProposals<Result>;
  readonly reads: WaitingReads;
}

/** Applies what is committed, and tells who waits for it. */
export class Answering<Result> {
  readonly #options: AnsweringOptions<Result>;

  constructor(options: AnsweringOptions<Result>) {
    this.#options = options;
  }

  handle({ committed, placements, reads: answers }: Ready): void {
    const { keeper, proposals, reads } = this.#options;
    for (const placement of placements) proposals.place(placement, keeper.applied);
    for (const entry of committed) this.#apply(entry);
    for (const answer of answers) {
      if (answer.kind === 'confirmed') reads.confirmed(answer.token, answer.index);
      else reads.dropped(answer.token);
    }
    if (committed.length > 0 || answers.length > 0) reads.applied(keeper.applied);
  }

  #apply(entry: Entry): void {
    const { machine, keeper, proposals } = this.#options;
    const { index, term } = entry;
    if (entry.kind === 'command') {
      const value = machine.apply({ index, term, data: entry.data });
      proposals.applied(index, term, { value });
    } else {
      if (entry.kind === 'configuration') machine.reconfigured?.(entry);
      proposals.applied(index, term, undefined);
    }
    keeper.noteApplied(entry);
  }

  /** Resolves once the state machine stands on a leader's snapshot. */
  async install(snapshot: SnapshotMetadata): Promise<void> {
    const { keeper, proposals, reads } = this.#options;
    await keeper.install(snapshot);
    proposals.skipped(snapshot.index);
    reads.applied(snapshot.index);
  }
}
