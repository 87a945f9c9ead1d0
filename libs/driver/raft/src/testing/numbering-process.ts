import { writeSync } from 'node:fs';
import { memberId } from '@portolan/raft';
import { ProposalUnknownError } from '../errors.ts';
import type { MemberEvent } from '../options.ts';
import { Loopback } from './loopback.ts';
import { startLoneMember } from './lone-member.ts';
import { formatNumbers, numberedCommand, NumberedCommands } from './numbered-commands.ts';

/**
 * A process that is made to be killed: a cluster on the real disk, all of its members in here. It says which commands it found and
 * proposes the next ones, and says each that is acknowledged. `node numbering-process.ts <folder> <members>`
 */
const [, , folder = '', count = ''] = process.argv;
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
const note = (event: MemberEvent): void => {
  if (event.kind === 'snapshot-saved' || event.kind === 'log-cut') say(event.kind);
};
// Real time alone keeps no process alive.
setInterval(() => undefined, 60_000);

say('starts');
const loopback = new Loopback();
const ids = Array.from({ length: Number(count) }, (_, index) => memberId(BigInt(index + 1)));
const machine = new NumberedCommands();
const members = await Promise.all(
  ids.map(async (id, index) => {
    const member = await startLoneMember(`${folder}/${id}`, index === 0 ? machine : new NumberedCommands(), {
      memberId: id,
      start: { kind: 'bootstrap', members: ids },
      transport: loopback.transport,
      tickMs: 30,
      segmentBytes: 64 * 1_024,
      snapshots: { entries: 60, keepEntries: 20 },
      onEvent: note,
    });
    loopback.connect(id, member);
    return member;
  }),
);
const [member] = members;
if (member === undefined) throw new Error('a cluster has a member');
await member.readBarrier();
// What is not here by now never will be: a leader has committed in its own term.
say(`found ${formatNumbers(machine.applied)}`);
let next = Math.max(0, ...machine.applied) + 1;
for (;;) {
  const proposals = Array.from({ length: 1 + (next % 7) }, async (_, index) => {
    const number = next + index;
    try {
      await member.propose(numberedCommand(number));
      say(`acknowledged ${number}`);
    } catch (error) {
      // It may be found later, once: its number is not used again.
      if (!(error instanceof ProposalUnknownError)) throw error;
    }
  });
  next += proposals.length;
  await Promise.all(proposals);
}
