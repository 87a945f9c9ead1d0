import type { Film } from './film.ts';
import type { Violation } from './violation.ts';
import { SCHEDULE_COVERAGE_NAMES, simulateSchedule } from './schedules/schedule-simulation.ts';
import { KV_COVERAGE_NAMES } from './kv/coverage.ts';
import { simulateKv } from './kv/kv-simulation.ts';
import { COVERAGE_NAMES } from './raft/coverage.ts';
import { simulateRaft } from './raft/raft-simulation.ts';

export interface RunOptions {
  readonly seed: number;
  readonly untilMs?: number;
  readonly film?: Film;
}

/** What became of one world. */
export interface Run {
  /** How often each thing was seen that worlds must see. */
  readonly coverage: Readonly<Record<string, number>>;
  readonly simulatedMs: number;
  readonly violation: Violation | undefined;
  /** The last events, oldest first. */
  readonly events: readonly string[];
}

export interface CoreRow {
  readonly summary: string;
  /** What must be seen, over all seeds. */
  readonly coverageNames: readonly string[];
  readonly run: (options: RunOptions) => Promise<Run>;
}

/** What can be simulated: a row is the whole integration. */
export const CORES = {
  raft: {
    summary: 'members of a Raft cluster: core, log and driver of production, clients that read and write registers',
    coverageNames: COVERAGE_NAMES,
    run: simulateRaft,
  },
  kv: {
    summary:
      'the store over a Raft cluster: transactions, sessions, leases, watches and compaction, by clients on other hosts',
    coverageNames: KV_COVERAGE_NAMES,
    run: simulateKv,
  },
  'raft-schedules': {
    summary:
      'the Raft core alone: messages, disks, crashes and changes of members in every order, with no clock to hide behind',
    coverageNames: SCHEDULE_COVERAGE_NAMES,
    run: simulateSchedule,
  },
} as const satisfies Readonly<Record<string, CoreRow>>;

export type CoreName = keyof typeof CORES;
export const CORE_NAMES: readonly CoreName[] = Object.keys(CORES).filter((name): name is CoreName =>
  Object.hasOwn(CORES, name),
);
