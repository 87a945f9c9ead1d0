import { decodeCommand, encodeCommand } from '../log/command-codec.ts';
import type { Leadership, Log, LogMachine } from '../log/log.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { inSlices } from './replica.ts';

/**
 * A log of bytes in this process, with entries of its own in between. After every so many commands the machine stands on its own
 * snapshot again: to whoever uses the store, nothing may tell.
 */
export function openRestoringLog(machine: LogMachine, restoreEvery: number): Log {
  const leadership: Leadership = { term: 3, memberId: 1n, leaderId: 1n, isEstablished: true, leaseGraceMs: 0 };
  let index = 0;
  let commands = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  machine.leadershipChanged(leadership);
  return {
    clusterId: 5n,
    propose: (command) =>
      inTurn(async () => {
        const bytes = encodeCommand(command);
        index += 1 + (index % 3);
        commands += 1;
        if (commands % restoreEvery === 0) await machine.restore(inSlices([...machine.snapshot()]));
        return machine.apply({ index, term: leadership.term, command: decodeCommand(bytes) });
      }),
    readBarrier: () => inTurn(() => Promise.resolve()),
    leadership: () => leadership,
    formatOfAll: () => COMMAND_FORMAT,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
