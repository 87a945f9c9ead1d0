import type { Configuration } from '@portolan/raft';

/** One command, committed: every member applies the same ones, in the same order. */
export interface CommittedCommand {
  /** Grows; what Raft adds for itself leaves gaps. */
  readonly index: number;
  /** Of the leader that took it. */
  readonly term: number;
  readonly data: Uint8Array;
}

/** What the log is a log of. A pure function of it: no clock, no randomness, nothing local (etcd#18667). */
export interface StateMachine<Result> {
  apply(command: CommittedCommand): Result;
  /** The members have changed, with what the change was proposed with. */
  reconfigured?(change: {
    readonly index: number;
    readonly configuration: Configuration;
    readonly context: Uint8Array;
  }): void;
  /**
   * The state as it is now, in slices of at most 1 MiB. The first is made at once, the others while commands are applied: they stay
   * those of now, however late they are read.
   */
  snapshot(): Iterable<Uint8Array>;
  /** Replaces the state. A rejection ends the member. */
  restore(slices: AsyncIterable<Uint8Array>): Promise<void>;
}
