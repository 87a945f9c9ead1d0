import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileHashes } from '@portolan/raft-driver/testing';
import { runCommandLine } from './command-line.ts';
import { filesOf, MemberFolder } from './testing/member-folder.ts';

const PROGRAM = fileURLToPath(new URL('./portolan.ts', import.meta.url));

let member: MemberFolder;
beforeAll(async () => {
  member = await MemberFolder.write(250);
});
afterAll(() => member[Symbol.asyncDispose]());

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As a process, which is what scripts see. */
function portolan(...argv: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

async function run(...argv: readonly string[]): Promise<Outcome> {
  const text = { out: '', err: '' };
  const code = await runCommandLine(argv, {
    stdout: { write: (more: string) => (text.out += more) },
    stderr: { write: (more: string) => (text.err += more) },
  });
  return { code, ...text };
}

/** The first segment has a bit that is not as it was written, and the newest snapshot is gone. */
async function damaged(): Promise<string> {
  const folder = await member.copy();
  const [segment = ''] = await filesOf(folder, '.wal');
  const bytes = await readFile(segment);
  bytes[2_000] = (bytes[2_000] ?? 0) ^ 4;
  await writeFile(segment, bytes);
  await rm((await filesOf(folder, '.snap')).at(-1) ?? '');
  return folder;
}

describe('portolan registry inspect', () => {
  it('ends with 0 when all is whole, says what is there, and changes nothing', async () => {
    const before = await fileHashes(member.path);
    const { code, out, err } = portolan('registry', 'inspect', member.path);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await fileHashes(member.path)).toEqual(before);
    expect(out.replaceAll(/ {2,}/g, '  ')).toMatch(
      new RegExp(
        [
          `^${member.path}`,
          '  member  1 of cluster 1, started 1 time, first members \\{1\\}',
          '  hard state  term 1, voted for 1, committed up to \\d+ at least',
          '  configuration  \\{1\\}, by the snapshot at 200',
          '  entries  \\d+ to 251, terms 1 to 1',
          '  goes on from  the snapshot at 200, taken in term 1',
          '  unfinished  wal/\\d+\\.new: a start removes it',
          '',
          '  snapshot  term  configuration  contents',
          '  200  1  \\{1\\}  5 bytes, SHA-256 verified  the log goes on from it',
          '  100  1  \\{1\\}  4 bytes, SHA-256 verified  older',
          '',
          '  segment  batches  records  entries  used',
          '(  wal/\\w{16}\\.wal  \\d+  \\d+  \\d+ to \\d+  \\d+ of 16384 bytes\n)+',
          'nothing is damaged\n$',
        ].join('\n'),
      ),
    );
  });

  it('ends with 1 when something is damaged, and tells all of it with place and remedy', async () => {
    const folder = await damaged();
    const { code, out, err } = portolan('registry', 'inspect', folder);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out.slice(out.indexOf('STORAGE_'))).toMatch(
      new RegExp(
        [
          'STORAGE_WAL_CORRUPT in wal/\\w{16}\\.wal, byte \\d+',
          '  the records of the batch do not match their checksum',
          '  → restore this member from a snapshot, or .*',
          'RAFT_LOG_INCOMPLETE in wal/\\w{16}\\.wal, byte \\d+',
          `  the log in ${folder} is incomplete: entry \\d+ follows \\d+`,
          '  → put back what was removed, or .*',
          'RAFT_LOG_INCOMPLETE in wal/\\w{16}\\.wal, byte \\d+',
          `  the log in ${folder} is incomplete: its snapshot at 200 is missing`,
          '  → put back what was removed, or .*',
          '3 things are damaged\n$',
        ].join('\n'),
      ),
    );
  });

  it('prints the same as JSON', async () => {
    const { code, out } = await run('registry', 'inspect', member.path, '--json', '--from', '250');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      owner: { clusterId: '1', memberId: '1', start: 1, first: { voters: ['1'] } },
      goesOnFrom: { index: 200 },
      snapshots: [{ index: 200, term: 1, bytes: 5, verified: true }, { index: 100 }],
      entries: [{ index: 250 }, { index: 251, term: 1, kind: 'command' }],
      damage: [],
    });
    const broken = await run('registry', 'inspect', await damaged(), '--json');
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.out)).toMatchObject({
      damage: [
        { code: 'STORAGE_WAL_CORRUPT', offset: expect.any(Number) as unknown, fix: expect.any(String) as unknown },
        { code: 'RAFT_LOG_INCOMPLETE' },
        { code: 'RAFT_LOG_INCOMPLETE' },
      ],
    });
  });

  it.each([
    { asked: ['--entries'], shown: 100, more: true },
    { asked: ['--limit', '3'], shown: 3, more: true },
    { asked: ['--from', '249'], shown: 3, more: false },
    { asked: [], shown: 0, more: false },
  ])('lists entries as asked: $asked', async ({ asked, shown, more }) => {
    const { out } = await run('registry', 'inspect', member.path, ...asked);
    expect([...out.matchAll(/^ {2}\d+ +1 +command +\d+ bytes$/gm)]).toHaveLength(shown);
    expect(/^\d+ more: --from \d+$/m.test(out)).toBe(more);
  });
});

it.each([
  { argv: [], told: 'Usage: portolan' },
  { argv: ['registr'], told: "unknown command 'registr'\n(Did you mean registry?)" },
  { argv: ['registry', 'inspct'], told: "unknown command 'inspct'\n(Did you mean inspect?)" },
  { argv: ['registry', 'inspect'], told: "missing required argument 'data-dir'" },
  { argv: ['registry', 'inspect', '/x', '--jsn'], told: "unknown option '--jsn'\n(Did you mean --json?)" },
  { argv: ['registry', 'inspect', '/x', '--from', 'one'], told: 'It is not a whole number from 1 to' },
  { argv: ['registry', 'inspect', '/x', '--limit', '100001'], told: 'It is not a whole number from 1 to 100000.' },
  { argv: ['registry', 'inspect', '/x', '/y'], told: 'too many arguments' },
  { argv: ['registry', 'inspect', '/nowhere/at/all'], told: 'there is no such folder (CLI_NO_MEMBER_DATA)\n  give ' },
  { argv: ['registry', 'inspect', PROGRAM], told: 'byte 0: it is no backup (KV_BACKUP_DAMAGED)' },
  { argv: ['registry', 'backup'], told: "required option '--out <file>' not specified" },
  { argv: ['registry', 'backup', '--registry', '127.0.0.1:1', '--out', '/tmp/never'], told: '(RPC_' },
  {
    argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x'],
    told: "required option '--members <list>' not specified",
  },
  {
    argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x', '--members', 'a,b'],
    told: 'Of several members each needs',
  },
  { argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x', '--members', 'a=x:1,a=y:1'], told: 'the same name' },
  {
    argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x', '--members', 'a=x:1,b=y:1', '--only', 'a'],
    told: '--only needs --cluster-id',
  },
  { argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x', '--members', 'a', '--only', 'b'], told: 'names none' },
  { argv: ['registry', 'restore', PROGRAM, '--data-dir', '/x', '--members', 'a'], told: 'it is no backup' },
  { argv: ['registry', 'inspect', join(PROGRAM, '..')], told: "there is neither 'wal' nor 'snapshots' in it" },
])('ends with 2 and says what is wrong: portolan $argv', async ({ argv, told }) => {
  const { code, out, err } = await run(...argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(told);
});

it('ends with 2 as a process too, and with 0 when it is asked for help', () => {
  expect(portolan('registry', 'inspct').code).toBe(2);
  expect(portolan('registry', 'inspect', '--help')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('While the member runs') as unknown,
  });
});
