import {
  DEFAULT_LIMITS,
  NoLeaderError,
  term,
  type Configuration,
  type Leadership as RaftLeadership,
  type MemberId,
} from '@portolan/raft';
import {
  ProposalUnknownError,
  TICK_MS,
  type MemberEvent,
  type RaftMember,
  type StateMachine,
} from '@portolan/raft-driver';
import { OutcomeUnknownError } from '../errors.ts';
import type { Applied } from '../machine/command.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { decodeCommand } from './command-codec.ts';
import { EntryWriter } from './entry-writer.ts';
import type { Leadership, Log, LogMachine, OpenStoredLog } from './log.ts';
import { ProposedCommands } from './proposed-commands.ts';

/** For so long a leader that has lost its quorum may go on: the core's election timeout at the driver's tick. */
export const LEASE_GRACE_MS = DEFAULT_LIMITS.electionTicks * TICK_MS;

/** What of a store a member of a Raft cluster is started with. */
export interface RaftWiring {
  readonly machine: StateMachine<Applied>;
  /** To be told all that the member tells. */
  readonly onEvent: (event: MemberEvent) => void;
}

export interface RaftLogOptions {
  readonly clusterId: bigint;
  readonly memberId: MemberId;
  /**
   * The highest format of commands that another member knows, as it has told; undefined until then. Default: nobody tells, and the
   * cluster stays at the format it has.
   */
  readonly formatOf?: (member: MemberId) => number | undefined;
  /** Default: `LEASE_GRACE_MS`. The election timeout, where that is another one. */
  readonly leaseGraceMs?: number;
  /** Calls `startRaft`, and connects the member with its transport. The log disposes of the member. */
  readonly start: (wiring: RaftWiring) => Promise<RaftMember<Applied>>;
}

/** The log of a store as a Raft cluster agrees on it and keeps it: for `openEmbeddedStore`. */
export function raftLog(options: RaftLogOptions): OpenStoredLog {
  return async (machine) => {
    const { memberId, leaseGraceMs = LEASE_GRACE_MS } = options;
    const told = (leadership: RaftLeadership): Leadership => ({
      term: leadership.term,
      memberId,
      leaderId: leadership.leader,
      isEstablished: leadership.isEstablished,
      leaseGraceMs,
    });
    const proposed = new ProposedCommands();
    const member = await options.start({
      machine: ofBytes(machine, proposed),
      onEvent: (event) => {
        if (event.kind === 'leadership') machine.leadershipChanged(told(event.leadership));
        if (event.kind === 'isolated') machine.leaderLost(new NoLeaderError(event.why));
      },
    });
    return logOf(options, member, proposed, told);
  };
}

/** An entry that cannot be decoded ends the member: what it skipped, others would have applied. */
function ofBytes(machine: LogMachine, proposed: ProposedCommands): StateMachine<Applied> {
  return {
    apply: ({ index, term, data }) =>
      machine.apply({ index, term, command: proposed.take(data) ?? decodeCommand(data) }),
    snapshot: () => machine.snapshot(),
    restore: (slices) => machine.restore(slices),
  };
}

function logOf(
  { clusterId, memberId, formatOf = () => undefined }: RaftLogOptions,
  member: RaftMember<Applied>,
  proposed: ProposedCommands,
  told: (leadership: RaftLeadership) => Leadership,
): Log {
  const writer = new EntryWriter();
  return {
    clusterId,
    async propose(command) {
      const { data, command: read } = writer.write(command);
      const own = proposed.add(data, read);
      try {
        // What a clock decided holds only while this member certainly leads.
        return await member.propose(data, command.kind === 'expire' ? term(command.term) : undefined);
      } catch (error) {
        if (error instanceof ProposalUnknownError) throw new OutcomeUnknownError(error);
        throw error;
      } finally {
        own.isAnswered = true;
      }
    },
    readBarrier: () => member.readBarrier(),
    leadership: () => told(member.leadership),
    formatOfAll: () => lowest(member.status.configuration, (id) => (id === memberId ? COMMAND_FORMAT : formatOf(id))),
    [Symbol.asyncDispose]: () => member[Symbol.asyncDispose](),
  };
}

/** Of all voters and learners: whoever gets the log must be able to read it. */
function lowest(
  { voters, outgoing, learners, learnersNext }: Configuration,
  formatOf: (member: MemberId) => number | undefined,
): number | undefined {
  let all: number | undefined;
  for (const member of [...voters, ...outgoing, ...learners, ...learnersNext]) {
    const format = formatOf(member);
    if (format === undefined) return undefined;
    all = Math.min(all ?? format, format);
  }
  return all;
}
