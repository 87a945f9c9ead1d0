import type { Leadership, Log, LogMachine } from '../log/log.ts';
import type { Applied, Command } from '../machine/command.ts';

const FIRST: Leadership = { term: 1, memberId: 1n, leaderId: 1n, isEstablished: true, leaseGraceMs: 0 };

/** A log in this process whose leader a test chooses, and which loses or holds up what it is told to. */
export class DirectedLog implements Log {
  readonly clusterId = 9n;
  readonly machine: LogMachine;
  readonly proposed: Command[] = [];
  /** Refused with an error, as by a log that has no quorum. */
  lost: (command: Command) => boolean = () => false;
  lostWith: () => Error = () => new Error('lost');
  /** What a proposal has to wait for. */
  hold: Promise<unknown> = Promise.resolve();
  /** What a read has to wait for. */
  barrier: Promise<unknown> = Promise.resolve();
  /** What all members are said to know. */
  format: number | undefined = undefined;
  isClosed = false;
  #leadership: Leadership;
  #index: number;

  /** @param index of the last entry that the machine has */
  constructor(machine: LogMachine, index = 0, leaderId = 1n) {
    this.machine = machine;
    this.#index = index;
    this.#leadership = { ...FIRST, leaderId, isEstablished: leaderId === FIRST.memberId };
    machine.leadershipChanged(this.#leadership);
  }

  /** Member 1 is this one. */
  elect(leaderId: bigint | undefined, changes: Partial<Leadership> = {}): void {
    const { term, memberId } = this.#leadership;
    const isEstablished = leaderId === memberId;
    this.#leadership = { term: term + 1, memberId, leaderId, isEstablished, leaseGraceMs: 0, ...changes };
    this.machine.leadershipChanged(this.#leadership);
  }

  async propose(command: Command): Promise<Applied> {
    this.proposed.push(command);
    await this.hold;
    if (this.lost(command)) throw this.lostWith();
    return this.append(command);
  }

  /** What any member has proposed. */
  append(command: Command): Applied {
    this.#index += 1;
    return this.machine.apply({ index: this.#index, term: this.#leadership.term, command });
  }

  /** A snapshot of the leader's, which has come further than this member. */
  async restore(slices: AsyncIterable<Uint8Array>, index: number): Promise<void> {
    await this.machine.restore(slices);
    this.#index = index;
  }

  async readBarrier(): Promise<void> {
    await this.barrier;
  }

  formatOfAll(): number | undefined {
    return this.format;
  }

  leadership(): Leadership {
    return this.#leadership;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** For `createEmbeddedStore`: the log is there once the store is. At first member `leaderId` leads; this is member 1. */
export function directed(leaderId = 1n): {
  readonly openLog: (machine: LogMachine) => Log;
  readonly log: () => DirectedLog;
} {
  let log: DirectedLog | undefined;
  return {
    openLog: (machine) => {
      log = new DirectedLog(machine, 0, leaderId);
      return log;
    },
    log: () => {
      if (log === undefined) throw new Error('no store has opened the log');
      return log;
    },
  };
}
