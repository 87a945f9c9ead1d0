import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { memberId } from '@portolan/raft';
import { nodeDisk, openSnapshots, openWal } from '@portolan/storage';
import type { RaftMember } from './raft-member.ts';
import { fileHashes } from './testing/file-hashes.ts';
import { startLoneMember } from './testing/lone-member.ts';
import { numberedCommand, NumberedCommands } from './testing/numbered-commands.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const OPTIONS = { segmentBytes: 16 * 1_024, snapshots: { entries: 100, keepEntries: 10 } };

async function propose(member: RaftMember<number>, first: number, last: number): Promise<void> {
  for (let number = first; number <= last; number += 1) await member.propose(numberedCommand(number));
}

/** What a member leaves that has written 250 commands: two snapshots, and the segments since the older one. */
async function written(folder: string): Promise<void> {
  await using member = await startLoneMember(folder, new NumberedCommands(), OPTIONS);
  await propose(member, 1, 250);
}

/** Files of a member, oldest first. */
async function filesOf(folder: string, suffix: '.wal' | '.snap'): Promise<readonly string[]> {
  const part = join(folder, suffix === '.wal' ? 'wal' : 'snapshots');
  return (await readdir(part))
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(part, name));
}

/** It is made beside what is written. */
async function nextSegmentMade(folder: string): Promise<void> {
  const made = join(folder, 'wal', '2.new');
  for (let bytes = 0; bytes < OPTIONS.segmentBytes;)
    bytes = (await readdir(join(folder, 'wal'))).includes('2.new') ? (await stat(made)).size : 0;
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  expect(at).toBeLessThan(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

/** What a later version of this package might write, through the same storage. */
const LATER = { record: { type: 200, data: Buffer.from('?') }, metadata: Buffer.from([2, 0, 0, 0]) };

/** Files that never became a segment or snapshot: they come and go with every start. */
const lasting = (hashes: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  [...hashes].filter(([path]) => !path.endsWith('.new'));

interface Damage {
  readonly what: string;
  /** @returns the file that the error names */
  readonly inflict: (files: {
    readonly folder: string;
    readonly segments: readonly [string, string, ...string[]];
    readonly snapshots: readonly [string, string];
  }) => Promise<string | undefined>;
  readonly refused: { readonly code: string; readonly offset?: number; readonly message?: unknown };
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'a bit of an entry',
    inflict: async ({ segments: [first] }) => {
      await flip(first, 2_000);
      return first;
    },
    refused: { code: 'STORAGE_WAL_CORRUPT', message: expect.stringContaining('do not match their checksum') },
  },
  {
    what: 'a bit of a segment header',
    inflict: async ({ segments: [, second] }) => {
      await flip(second, 20);
      return second;
    },
    refused: { code: 'STORAGE_WAL_CORRUPT', offset: 0 },
  },
  {
    what: 'a segment that is cut off',
    inflict: async ({ segments: [first] }) => {
      await truncate(first, 5_000);
      return first;
    },
    refused: { code: 'STORAGE_WAL_TRUNCATED', offset: 5_000 },
  },
  {
    what: 'a segment that is removed',
    inflict: async ({ segments: [, second, third] }) => {
      await rm(second);
      return third;
    },
    refused: { code: 'STORAGE_WAL_GAP', offset: 0 },
  },
  {
    what: 'the oldest segments, removed',
    inflict: async ({ segments }) => {
      for (const segment of segments.slice(0, -1)) await rm(segment);
      return undefined;
    },
    refused: {
      code: 'RAFT_LOG_INCOMPLETE',
      message: expect.stringMatching(/its first entry is \d+, its snapshot is at/),
    },
  },
  {
    what: 'a bit of the newest snapshot',
    inflict: async ({ snapshots: [, newest] }) => {
      await flip(newest, 150);
      return newest;
    },
    refused: { code: 'STORAGE_SNAPSHOT_CORRUPT' },
  },
  {
    what: 'the newest snapshot, cut off',
    inflict: async ({ snapshots: [, newest] }) => {
      await truncate(newest, 200);
      return newest;
    },
    refused: { code: 'STORAGE_SNAPSHOT_CORRUPT' },
  },
  {
    what: 'the newest snapshot, removed',
    inflict: async ({ snapshots: [, newest] }) => {
      await rm(newest);
      return undefined;
    },
    refused: { code: 'RAFT_LOG_INCOMPLETE', message: expect.stringMatching(/its snapshot at \d+ is missing/) },
  },
  {
    what: 'the newest snapshot, replaced by the one before',
    inflict: async ({ snapshots: [older, newest] }) => {
      await rename(older, newest);
      return newest;
    },
    refused: { code: 'STORAGE_SNAPSHOT_CORRUPT', offset: 16 },
  },
  {
    what: 'a record of a later version',
    inflict: async ({ folder }) => {
      const { wal } = await openWal({
        disk: nodeDisk,
        folder: join(folder, 'wal'),
        carried: [],
        replay: () => undefined,
      });
      await wal.append([LATER.record]);
      await wal[Symbol.asyncDispose]();
      return undefined;
    },
    refused: { code: 'RAFT_FORMAT_UNKNOWN', message: 'record type 200 is not known to this version' },
  },
  {
    what: 'a snapshot of a later version',
    inflict: async ({ folder, snapshots: [, newest] }) => {
      const { snapshots } = await openSnapshots({ disk: nodeDisk, folder: join(folder, 'snapshots') });
      const index = Number.parseInt(basename(newest), 16);
      await snapshots.save({ index, metadata: LATER.metadata, slices: [] });
      return undefined;
    },
    refused: { code: 'RAFT_FORMAT_UNKNOWN', message: 'snapshot format 2 is not known to this version' },
  },
  {
    what: 'a file of somebody else in the log',
    inflict: async ({ folder }) => {
      await writeFile(join(folder, 'wal', 'notes.txt'), 'mine');
      return join(folder, 'wal', 'notes.txt');
    },
    refused: { code: 'STORAGE_FOREIGN_FILE', offset: 0 },
  },
  {
    what: 'a file of somebody else among the snapshots',
    inflict: async ({ folder }) => {
      await writeFile(join(folder, 'snapshots', 'notes.txt'), 'mine');
      return join(folder, 'snapshots', 'notes.txt');
    },
    refused: { code: 'STORAGE_FOREIGN_FILE', offset: 0 },
  },
];

describe('a member', () => {
  it.each(DAMAGES)('refuses $what, and leaves the folder as it is', async ({ inflict, refused }) => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'data');
    await written(folder);
    const [first = '', second = '', ...more] = await filesOf(folder, '.wal');
    const [older = '', newest = ''] = await filesOf(folder, '.snap');
    expect(more).not.toEqual([]);
    const file = await inflict({ folder, segments: [first, second, ...more], snapshots: [older, newest] });
    const before = await fileHashes(folder);
    const starting = startLoneMember(folder, new NumberedCommands(), OPTIONS);
    await expect(starting).rejects.toMatchObject({ ...refused, ...(file !== undefined && { file }) });
    await expect(starting).rejects.toHaveProperty('fix', expect.stringMatching(/./));
    expect(lasting(await fileHashes(folder))).toEqual(lasting(before));
  });

  it('refuses a folder whose log is gone, rather than to begin anew and to remove the snapshots', async () => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'data');
    await written(folder);
    await rm(join(folder, 'wal'), { recursive: true });
    const before = await fileHashes(join(folder, 'snapshots'));
    for (const attempt of ['first', 'second']) {
      const starting = startLoneMember(folder, new NumberedCommands(), OPTIONS);
      await expect(starting.then(() => attempt)).rejects.toMatchObject({
        code: 'RAFT_LOG_INCOMPLETE',
        message: `the log in ${folder} is incomplete: there are snapshots, and it does not say whose it is`,
      });
    }
    expect(await fileHashes(join(folder, 'snapshots'))).toEqual(before);
  });

  it('starts from a copy of a folder', async () => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'data');
    const copy = join(temporary.path, 'copy');
    await written(folder);
    await cp(folder, copy, { recursive: true });
    const machine = new NumberedCommands();
    await using member = await startLoneMember(copy, machine, OPTIONS);
    await member.readBarrier();
    expect(machine.applied.size).toBe(250);
  });

  it.each([
    { whose: 'another member', other: { memberId: memberId(2n) }, expected: 'member 2 of cluster 1' },
    { whose: 'another cluster', other: { clusterId: 7n }, expected: 'member 1 of cluster 7' },
  ])('refuses the folder of $whose that runs, which goes on', async ({ other, expected }) => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'data');
    await using member = await startLoneMember(folder, new NumberedCommands(), OPTIONS);
    // Within one segment, and before the first snapshot: nothing else moves meanwhile.
    await propose(member, 1, 20);
    await nextSegmentMade(folder);
    await writeFile(join(folder, 'snapshots', '9.new'), 'a snapshot that is being taken');
    const before = await fileHashes(folder);
    await expect(startLoneMember(folder, new NumberedCommands(), { ...OPTIONS, ...other })).rejects.toMatchObject({
      code: 'RAFT_FOREIGN_LOG',
      message: `the log in ${folder} belongs to member 1 of cluster 1, not to ${expected}`,
      fix: 'point this member to its own data folder',
    });
    expect(await fileHashes(folder)).toEqual(before);
    await propose(member, 21, 250);
    await member[Symbol.asyncDispose]();
    const machine = new NumberedCommands();
    await using again = await startLoneMember(folder, machine, OPTIONS);
    await again.readBarrier();
    expect(machine.applied.size).toBe(250);
  });
});
