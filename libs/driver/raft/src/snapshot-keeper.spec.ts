import { join } from 'node:path';
import { firstConfiguration, logIndex, memberId, term } from '@portolan/raft';
import { nodeDisk, type Disk } from '@portolan/storage';
import type { MemberEvent } from './options.ts';
import { Counter } from './testing/counter.ts';
import { startLoneMember } from './testing/lone-member.ts';
import { numberedCommand, NumberedCommands } from './testing/numbered-commands.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const OPTIONS = { segmentBytes: 16 * 1_024, snapshots: { entries: 100, keepEntries: 10 } };
const ID = memberId(1n);
const LEADER = memberId(2n);

it('keeps its own snapshots when others were received that came to nothing, for their leader was replaced', async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, 'data');
  {
    await using member = await startLoneMember(folder, new NumberedCommands(), OPTIONS);
    await member.readBarrier();
    for (const index of [1_000, 2_000, 3_000].map(logIndex)) {
      const snapshot = { index, term: term(0), configuration: firstConfiguration([ID, LEADER]) };
      const message = { kind: 'install-snapshot', from: LEADER, to: ID, term: term(0), snapshot } as const;
      await member.receiveSnapshot(message, slicesOf('of a leader that is none any more'));
    }
    for (let number = 1; number <= 350; number += 1) await member.propose(numberedCommand(number));
    expect(member.status.snapshotIndex).toBeGreaterThan(200);
  }
  const machine = new NumberedCommands();
  await using again = await startLoneMember(folder, machine, OPTIONS);
  await again.readBarrier();
  expect(machine.applied.size).toBe(350);
});

it('takes a snapshot of the moment, however late it is read', async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, 'data');
  const proposed = Promise.withResolvers<undefined>();
  const saved = Promise.withResolvers<undefined>();
  const disk: Disk = {
    ...nodeDisk,
    open: async (path, mode) => {
      if (mode === 'create' && path.startsWith(join(folder, 'snapshots'))) await proposed.promise;
      return nodeDisk.open(path, mode);
    },
  };
  const onEvent = ({ kind }: MemberEvent): void => {
    if (kind === 'snapshot-saved') saved.resolve(undefined);
  };
  {
    await using member = await startLoneMember(folder, new Counter(), { ...OPTIONS, disk, onEvent });
    for (let commands = 0; commands < 150; commands += 1) await member.propose(new Uint8Array([1]));
    proposed.resolve(undefined);
    await saved.promise;
  }
  // Its snapshot is a generator: nothing of it is run before somebody asks for the first slice.
  const counter = new Counter();
  await using again = await startLoneMember(folder, counter, OPTIONS);
  await again.readBarrier();
  expect(counter.sum).toBe(150);
});

it.each([
  ['as many entries as may stay', { keepEntries: 20, keepBytes: 1_000_000 }, 20],
  ['as many bytes of them', { keepEntries: 1_000, keepBytes: 10_999 }, 10],
])('keeps %s of what a snapshot has', async (_what, kept, count) => {
  await using temporary = await temporaryFolder();
  const saved = Promise.withResolvers<number>();
  const onEvent = (event: MemberEvent): void => {
    if (event.kind === 'snapshot-saved') saved.resolve(event.index);
  };
  const snapshots = { entries: 100, ...kept };
  const options = { ...OPTIONS, snapshots, onEvent };
  await using member = await startLoneMember(join(temporary.path, 'data'), new Counter(), options);
  for (let commands = 0; commands < 100; commands += 1) await member.propose(new Uint8Array(1_000));
  const index = await saved.promise;
  const there = Array.from({ length: index }, (_, before) => member.entryAt(logIndex(index - before)));
  expect(there.map((entry) => entry !== undefined)).toEqual(there.map((_, before) => before < count));
});

async function* slicesOf(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}
