import type { PortolanError } from '@portolan/kernel';
import type { Applied, Command, LogEntry } from '../machine/command.ts';

/** Who leads, as far as this member knows. */
export interface Leadership {
  readonly term: number;
  readonly memberId: bigint;
  readonly leaderId: bigint | undefined;
  /** This member leads, and an entry of its term is committed: it alone may judge leases, until the next change. */
  readonly isEstablished: boolean;
  /** Of one that is established: for so long whoever led before may have gone on confirming keep-alives. 0 when there was nobody. */
  readonly leaseGraceMs: number;
}

/** The order of all commands, agreed on by all members. Disposed, it takes nothing more and tells everybody who waits. */
export interface Log extends AsyncDisposable {
  /** The same on every member. */
  readonly clusterId: bigint;
  /**
   * Resolves after this member has applied the command, whose bytes are the caller's again as soon as it returns.
   * @throws OutcomeUnknownError when it may have been applied, or will be; whatever else it throws says that it never is
   */
  propose(command: Command): Promise<Applied>;
  /**
   * Resolves when everything acknowledged by any member before this call has been applied here. While a leader is elected, it waits,
   * so one that was deposed without noticing does not get past it; where none is to be expected, it rejects.
   */
  readBarrier(): Promise<void>;
  leadership(): Leadership;
  /** The highest format of commands that all members know; undefined while one of them has not told. */
  formatOfAll(): number | undefined;
}

/** This member's state. A log calls it with one thing after another, also before it is open. */
export interface LogMachine {
  /** Each entry once, in order, never while a snapshot is restored. What it throws says that this member must stop. */
  apply(entry: LogEntry): Applied;
  /** The state as it is now: see `StateMachine.snapshot`. */
  snapshot(): Iterable<Uint8Array>;
  /** Takes over a later state: at the start the member's own, afterwards a leader's. A rejection says that this member must stop. */
  restore(slices: AsyncIterable<Uint8Array>): Promise<void>;
  /** Whenever it changes, and once before the first entry if this member leads by then. */
  leadershipChanged(leadership: Leadership): void;
  /** Nobody leads, and nobody is to be expected soon: whoever follows this member is told to follow another. */
  leaderLost(why: PortolanError): void;
}

export type OpenLog = (machine: LogMachine) => Log;
/** Of a log that has to read what it holds first. */
export type OpenStoredLog = (machine: LogMachine) => Promise<Log>;
