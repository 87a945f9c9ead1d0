import type { Applied, Command, LogEntry } from '../machine/command.ts';

/** Who leads, as far as this member knows. */
export interface Leadership {
  readonly term: number;
  readonly memberId: bigint;
  readonly leaderId: bigint | undefined;
}

/** The order of all commands. In this process alone for now; agreed on by several members, and on disk, under the same interface. */
export interface Log {
  /**
   * Resolves after this member has applied the command. Rejects when it is not known whether it ever will be.
   */
  propose(command: Command): Promise<Applied>;
  /** Resolves when everything acknowledged by any member before this call has been applied here. */
  readBarrier(): Promise<void>;
  leadership(): Leadership;
}

/** Calls `apply` with each entry once, in order, never two at a time. */
export type OpenLog = (apply: (entry: LogEntry) => Applied) => Log;
