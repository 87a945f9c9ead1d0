import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemberEvent } from './options.ts';
import { fileHashes } from './testing/file-hashes.ts';
import { killLoop } from './testing/kill-loop.ts';
import { startLoneMember } from './testing/lone-member.ts';
import { itWithMount } from './testing/mounted.ts';
import { numberedCommand, NumberedCommands } from './testing/numbered-commands.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

it.each([
  { members: 1, kills: 5 },
  { members: 3, kills: 4 },
])(
  'loses nothing that was acknowledged and applies nothing twice when $members members are killed, again and again',
  async ({ members, kills }) => {
    const lived = await killLoop(members, kills, members);
    expect(lived.acknowledged).toBeGreaterThan(100);
    expect(lived.snapshots).toBeGreaterThan(0);
  },
  120_000,
);

itWithMount('acknowledges nothing on a full disk, says so, and goes on when there is room', MIB, async ({ path }) => {
  const folder = join(path, 'data');
  const filler = join(path, 'filler');
  await writeFile(filler, Buffer.alloc(512 * KIB));
  const disk = new FullDisk();
  const machine = new NumberedCommands();
  await using member = await startLoneMember(folder, machine, { segmentBytes: 64 * KIB, onEvent: disk.note });
  const acknowledged: number[] = [];
  const propose = async (number: number): Promise<void> => {
    acknowledged.push(await member.propose(numberedCommand(number)));
  };
  let proposed = 0;
  const waiting: Promise<void>[] = [];
  while (disk.times === 0) {
    proposed += 1;
    waiting.push(propose(proposed));
    await Promise.race([disk.full(1), waiting.at(-1)]);
  }
  const before = acknowledged.length;
  expect(before).toBeGreaterThan(200);
  for (let more = 0; more < 20; more += 1) {
    proposed += 1;
    waiting.push(propose(proposed));
  }
  // It has tried again meanwhile.
  await disk.full(2);
  expect(acknowledged).toHaveLength(before);
  await rm(filler);
  await Promise.all(waiting);
  expect(acknowledged).toEqual(Array.from({ length: proposed }, (_, index) => index + 1));
  await member[Symbol.asyncDispose]();

  const found = new NumberedCommands();
  await using again = await startLoneMember(folder, found, { segmentBytes: 64 * KIB });
  await again.readBarrier();
  expect([...found.applied]).toEqual(acknowledged);
});

/** Counts how often a member says that its disk is full. */
class FullDisk {
  times = 0;
  #told = Promise.withResolvers<undefined>();

  readonly note = (event: MemberEvent): void => {
    if (event.kind !== 'disk-full') return;
    expect(event.error.code).toBe('STORAGE_DISK_FULL');
    this.times += 1;
    this.#told.resolve(undefined);
    this.#told = Promise.withResolvers();
  };

  /** Resolves when it was said so many times. */
  async full(times: number): Promise<void> {
    while (this.times < times) await this.#told.promise;
  }
}

itWithMount('says that it may not write', MIB, async ({ path, makeReadOnly }) => {
  const folder = join(path, 'data');
  const options = { segmentBytes: 64 * KIB };
  {
    await using member = await startLoneMember(folder, new NumberedCommands(), options);
    await member.propose(numberedCommand(1));
  }
  makeReadOnly();
  const before = await fileHashes(path);
  for (const refused of [folder, join(path, 'new')]) {
    await expect(startLoneMember(refused, new NumberedCommands(), options)).rejects.toMatchObject({
      code: 'STORAGE_DISK_DENIED',
      cause: { code: 'EROFS' },
      fix: 'let the user of this process read and write that folder, on a file system that is mounted to write',
    });
  }
  expect(await fileHashes(path)).toEqual(before);
});
