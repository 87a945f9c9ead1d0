import { revision, type Keyspace, type Revision } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import { FIRST_LIMITS, type AgreedLimits } from '../limits.ts';
import { FIRST_COMMAND_FORMAT } from './command-format.ts';
import { KeyspaceState } from './keyspace-state.ts';
import { LeaseTable } from './lease-table.ts';
import { SessionTable } from './session-table.ts';

/** Of the empty store, as in etcd: 0 stays free to mean "none" on the wire. The first change makes 2. */
export const FIRST_REVISION = revision(1);

/** Everything that the outcome of the next command, a read of the past or a watch depends on. */
export interface MachineState {
  /** Of the last command that was applied; 0 before the first. */
  index: number;
  revision: Revision;
  limits: AgreedLimits;
  /** Of commands that may be proposed. */
  format: number;
  /** In the order in which they were raised. */
  alarms: readonly Alarm[];
  readonly keyspaces: Readonly<Record<Keyspace, KeyspaceState>>;
  readonly leases: LeaseTable;
  readonly sessions: SessionTable;
}

export function createMachineState(): MachineState {
  return {
    index: 0,
    revision: FIRST_REVISION,
    limits: FIRST_LIMITS,
    format: FIRST_COMMAND_FORMAT,
    alarms: [],
    keyspaces: {
      user: new KeyspaceState(FIRST_REVISION),
      catalog: new KeyspaceState(FIRST_REVISION),
      system: new KeyspaceState(FIRST_REVISION),
    },
    leases: new LeaseTable(),
    sessions: new SessionTable(),
  };
}
