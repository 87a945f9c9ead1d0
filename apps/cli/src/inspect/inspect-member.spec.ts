import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileHashes, NumberedCommands, startLoneMember } from '@portolan/raft-driver/testing';
import { nodeDisk, openSnapshots, openWal } from '@portolan/storage';
import { filesOf, MemberFolder, SMALL } from '../testing/member-folder.ts';
import type { Damage } from './damage.ts';
import { inspectMember, type Inspection } from './inspect-member.ts';

/** After 250 commands. */
const COMMANDS = 250;
let member: MemberFolder;
beforeAll(async () => {
  member = await MemberFolder.write(COMMANDS);
});
afterAll(() => member[Symbol.asyncDispose]());

const NO_ENTRIES = { from: 1, limit: 0 };

/** Inspects, and sees that nothing has changed. */
async function inspect(folder: string, entries = NO_ENTRIES): Promise<Inspection> {
  const before = await fileHashes(folder);
  const inspection = await inspectMember({ disk: nodeDisk, folder, entries, onRead: () => undefined });
  expect(await fileHashes(folder)).toEqual(before);
  return inspection;
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  expect(at).toBeLessThan(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

it('tells what is in the folder of a member', async () => {
  const found = await inspect(member.path, { from: 248, limit: 3 });
  const only = { voters: [1n], outgoing: [], learners: [], learnersNext: [] };
  expect(found).toMatchObject({
    folder: member.path,
    owner: { clusterId: 1n, memberId: 1n, start: 1, first: only },
    hardState: { term: 1, vote: 1n },
    mark: { index: 200, term: 1, origin: 'taken' },
    configuration: { configuration: only, source: 'snapshot', index: 200 },
    log: { last: COMMANDS + 1, terms: { first: 1, last: 1 } },
    torn: undefined,
    damage: [],
    omitted: 0,
  });
  expect(found.snapshots).toMatchObject([
    { index: 200, metadata: { index: 200, term: 1, configuration: only }, bytes: 5 },
    { index: 100, metadata: { index: 100, term: 1, configuration: only }, bytes: 4 },
  ]);
  expect(found.snapshots.map(({ file }) => file).reverse()).toEqual(await filesOf(member.path, '.snap'));
  expect(found.segments.map(({ file }) => file)).toEqual(await filesOf(member.path, '.wal'));
  expect(found.segments.at(-1)?.entries?.last).toBe(COMMANDS + 1);
  expect(found.segments[0]?.entries?.first).toBe(found.log?.first);
  expect(found.log?.first).toBeLessThanOrEqual(101);
  // What an entry holds is the command before it: the first entry of the term is Raft's own.
  expect(found.entries).toEqual(
    [248, 249, 250].map((index) => ({
      index,
      term: 1,
      kind: 'command',
      bytes: 4 + (((index - 1) * 37) % 900),
      configuration: undefined,
    })),
  );
});

it('counts the starts of a member, and knows one that has none', async () => {
  const folder = await member.copy();
  await (await startLoneMember(folder, new NumberedCommands(), SMALL))[Symbol.asyncDispose]();
  expect(await inspect(folder)).toMatchObject({ owner: { start: 2 }, damage: [] });

  await rm(folder, { recursive: true });
  await (
    await openWal({ disk: nodeDisk, folder: join(folder, 'wal'), ...SMALL, carried: [], replay: () => undefined })
  ).wal[Symbol.asyncDispose]();
  expect(await inspect(folder)).toMatchObject({ owner: undefined, snapshots: [], damage: [] });
});

it('tells of a torn end without cutting it off, which a start does', async () => {
  const folder = await member.copy();
  const [last] = (await filesOf(folder, '.wal')).slice(-1);
  const { segments } = await inspect(folder);
  const used = segments.at(-1)?.used ?? 0;
  const bytes = await readFile(last ?? '');
  const nextSector = (Math.floor(used / 512) + 1) * 512;
  bytes.fill(0xff, nextSector, nextSector + 100);
  await writeFile(last ?? '', bytes);
  const torn = { file: last, offset: used, bytes: Math.ceil((nextSector + 100) / 32) * 32 - used };
  expect(await inspect(folder)).toMatchObject({ torn, damage: [] });
  const events: unknown[] = [];
  const machine = new NumberedCommands();
  await using again = await startLoneMember(folder, machine, { ...SMALL, onEvent: (event) => events.push(event) });
  await again.readBarrier();
  expect(events).toContainEqual({ kind: 'log-cut', tail: torn });
  expect(machine.applied.size).toBe(COMMANDS);
});

it('finds a snapshot that was received and not taken over, which is no damage', async () => {
  const folder = await member.copy();
  const [, newest = ''] = await filesOf(folder, '.snap');
  const { snapshots } = await openSnapshots({ disk: nodeDisk, folder: join(folder, 'snapshots') });
  const { metadata } = await snapshots.open(200);
  const later = Buffer.from(metadata);
  later.writeBigUInt64LE(900n, 4);
  await snapshots.save({ index: 900, metadata: later, slices: [] });
  await writeFile(join(folder, 'snapshots', '7.new'), await readFile(newest));
  expect(await inspect(folder)).toMatchObject({
    snapshots: [{ index: 900 }, { index: 200 }, { index: 100 }],
    unfinished: expect.arrayContaining([join(folder, 'snapshots', '7.new')]) as unknown,
    damage: [],
  });
});

interface Files {
  readonly folder: string;
  readonly segments: readonly string[];
  readonly snapshots: readonly string[];
  /** Of segments and snapshots, from the oldest; from the newest when negative. */
  readonly segment: (at: number) => string;
  readonly snapshot: (at: number) => string;
}

interface Case {
  readonly what: string;
  readonly inflict: (files: Files) => Promise<unknown>;
  /** In order: code, and file and offset where they are known. */
  readonly told: (files: Files) => readonly (readonly [code: string, file?: string, offset?: number])[];
}

const CASES: readonly Case[] = [
  {
    what: 'a bit of a segment header',
    inflict: ({ segment }) => flip(segment(1), 20),
    told: ({ segment }) => [
      ['STORAGE_WAL_CORRUPT', segment(1), 0],
      ['RAFT_LOG_INCOMPLETE', segment(2)],
    ],
  },
  {
    what: 'the first bytes of a segment',
    inflict: ({ segment }) => flip(segment(1), 3),
    told: ({ segment }) => [
      ['STORAGE_FOREIGN_FILE', segment(1), 0],
      ['RAFT_LOG_INCOMPLETE', segment(2)],
    ],
  },
  {
    what: 'a bit of the header of a batch',
    inflict: ({ segment }) => flip(segment(-1), 64),
    told: ({ segment }) => [['STORAGE_WAL_CORRUPT', segment(-1), 64]],
  },
  {
    what: 'a bit of an entry',
    inflict: ({ segment }) => flip(segment(1), 2_000),
    told: ({ segment }) => [
      ['STORAGE_WAL_CORRUPT', segment(1)],
      ['RAFT_LOG_INCOMPLETE', segment(2)],
    ],
  },
  {
    what: 'bits of two segments and two snapshots',
    inflict: async ({ segment, snapshot }) => {
      await flip(segment(0), 2_000);
      await flip(segment(2), 3_000);
      await flip(snapshot(0), 150);
      await flip(snapshot(1), 150);
    },
    told: ({ segment, snapshot }) => [
      ['STORAGE_WAL_CORRUPT', segment(0)],
      ['STORAGE_WAL_CORRUPT', segment(2)],
      ['RAFT_LOG_INCOMPLETE', segment(1)],
      ['RAFT_LOG_INCOMPLETE', segment(3)],
      ['STORAGE_SNAPSHOT_CORRUPT', snapshot(1)],
      ['STORAGE_SNAPSHOT_CORRUPT', snapshot(0)],
    ],
  },
  {
    what: 'a segment that is cut off',
    inflict: ({ segment }) => truncate(segment(-1), 5_000),
    told: ({ segment }) => [['STORAGE_WAL_TRUNCATED', segment(-1), 5_000]],
  },
  {
    what: 'a segment that is removed',
    inflict: ({ segment }) => rm(segment(1)),
    told: ({ segment }) => [
      ['STORAGE_WAL_GAP', segment(2), 0],
      ['RAFT_LOG_INCOMPLETE', segment(2)],
    ],
  },
  {
    what: 'the oldest segments, removed',
    inflict: async ({ segments }) => {
      for (const segment of segments.slice(0, -1)) await rm(segment);
    },
    told: ({ segment }) => [['RAFT_LOG_INCOMPLETE', segment(-1)]],
  },
  {
    what: 'a bit of the newest snapshot',
    inflict: ({ snapshot }) => flip(snapshot(-1), 150),
    told: ({ snapshot }) => [['STORAGE_SNAPSHOT_CORRUPT', snapshot(-1)]],
  },
  {
    what: 'a bit of the SHA-256 of a snapshot',
    inflict: async ({ snapshot }) => flip(snapshot(-1), (await readFile(snapshot(-1))).length - 30),
    told: ({ snapshot }) => [['STORAGE_SNAPSHOT_CORRUPT', snapshot(-1)]],
  },
  {
    what: 'the newest snapshot, cut off',
    inflict: ({ snapshot }) => truncate(snapshot(-1), 100),
    told: ({ snapshot }) => [['STORAGE_SNAPSHOT_CORRUPT', snapshot(-1)]],
  },
  {
    what: 'the newest snapshot, removed',
    inflict: ({ snapshot }) => rm(snapshot(-1)),
    told: () => [['RAFT_LOG_INCOMPLETE']],
  },
  {
    what: 'the newest snapshot, replaced by the one before',
    inflict: ({ snapshot }) => rename(snapshot(0), snapshot(1)),
    told: ({ snapshot }) => [['STORAGE_SNAPSHOT_CORRUPT', snapshot(1), 16]],
  },
  {
    what: 'files of somebody else',
    inflict: async ({ folder }) => {
      await writeFile(join(folder, 'wal', 'notes.txt'), 'mine');
      for (const name of ['notes.txt', 'more.txt']) await writeFile(join(folder, 'snapshots', name), 'mine');
    },
    told: ({ folder }) => [
      ['STORAGE_FOREIGN_FILE', join(folder, 'wal', 'notes.txt'), 0],
      ['STORAGE_FOREIGN_FILE', join(folder, 'snapshots', 'more.txt'), 0],
      ['STORAGE_FOREIGN_FILE', join(folder, 'snapshots', 'notes.txt'), 0],
    ],
  },
  {
    what: 'a record of a later version',
    inflict: async ({ folder }) => {
      const options = { disk: nodeDisk, folder: join(folder, 'wal'), ...SMALL, carried: [], replay: () => undefined };
      await using wal = (await openWal(options)).wal;
      await wal.append([{ type: 200, data: Buffer.from('?') }]);
    },
    told: ({ segment }) => [['RAFT_FORMAT_UNKNOWN', segment(-1)]],
  },
  {
    what: 'a snapshot of a later version',
    inflict: async ({ folder, snapshot }) => {
      const { snapshots } = await openSnapshots({ disk: nodeDisk, folder: join(folder, 'snapshots') });
      const index = Number.parseInt(basename(snapshot(-1)), 16);
      await snapshots.save({ index, metadata: Buffer.from([2, 0, 0, 0]), slices: [] });
    },
    told: ({ snapshot }) => [['RAFT_FORMAT_UNKNOWN', snapshot(-1), 0]],
  },
  {
    what: 'a snapshot of another term',
    inflict: async ({ folder }) => {
      const { snapshots } = await openSnapshots({ disk: nodeDisk, folder: join(folder, 'snapshots') });
      const metadata = Buffer.from((await snapshots.open(200)).metadata);
      metadata.writeBigUInt64LE(9n, 12);
      await snapshots.save({ index: 200, metadata, slices: [] });
    },
    told: ({ snapshot }) => [['CLI_LOG_CONTRADICTORY', snapshot(-1), 0]],
  },
  {
    what: 'the whole log, removed',
    inflict: ({ folder }) => rm(join(folder, 'wal'), { recursive: true }),
    told: ({ folder }) => [['RAFT_LOG_INCOMPLETE', join(folder, 'wal'), 0]],
  },
];

describe.each(CASES)('$what', ({ inflict, told }) => {
  it('is told with place and remedy, and keeps the member from starting', async () => {
    const folder = await member.copy();
    const [segments, snapshots] = [await filesOf(folder, '.wal'), await filesOf(folder, '.snap')];
    const segment = (at: number): string => segments.at(at) ?? '';
    const snapshot = (at: number): string => snapshots.at(at) ?? '';
    const files = { folder, segments, snapshots, segment, snapshot };
    await inflict(files);
    const { damage } = await inspect(folder);
    const expected = told(files);
    const place = ({ code, file, offset }: Damage, at: number): unknown =>
      [code, file, offset].slice(0, expected[at]?.length);
    expect(damage.map(place)).toEqual(expected);
    for (const { what, fix, offset } of damage) {
      expect(what).not.toBe('');
      expect(fix).not.toBe('');
      expect(offset).toBeGreaterThanOrEqual(0);
    }
    const codes = damage.map(({ code }) => (code === 'CLI_LOG_CONTRADICTORY' ? 'RAFT_LOG_INCOMPLETE' : code));
    await expect(startLoneMember(folder, new NumberedCommands(), SMALL)).rejects.toMatchObject({
      code: expect.stringMatching(codes.join('|')) as unknown,
    });
  });
});
