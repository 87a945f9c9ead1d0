import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { ownTxn } from '../own-txn.ts';
import type { LogMachine, Leadership, Log } from './log.ts';

/** One member that always leads and forgets everything when it stops. */
export function openInProcessLog(machine: LogMachine): Log {
  const leadership: Leadership = { term: 1, memberId: 1n, leaderId: 1n, isEstablished: true, leaseGraceMs: 0 };
  let index = 0;
  machine.leadershipChanged(leadership);
  return {
    clusterId: 1n,
    async propose(command) {
      index += 1;
      const own = command.kind === 'txn' ? { ...command, txn: ownTxn(command.txn) } : command;
      return machine.apply({ index, term: leadership.term, command: own });
    },
    readBarrier: () => Promise.resolve(),
    leadership: () => leadership,
    formatOfAll: () => COMMAND_FORMAT,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
