import { BrokenDisk } from '../testing/broken-disk.ts';
import { carried, describeBatch, FOLDER, openTextLog, record } from '../testing/text-log.ts';
import { inspectWal } from './inspect-wal.ts';
import { segmentName } from './segment-format.ts';

const file = (sequence: number): string => `${FOLDER}/${segmentName(sequence)}`;

/** Three segments of three batches each, besides what they begin with. */
async function log(): Promise<BrokenDisk> {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  for (const letter of 'abc') {
    await wal.append([record(`${letter}1`), carried(letter)]);
    await wal.append([record(letter.repeat(3_000))]);
    await wal.append([record(letter.repeat(820))]);
  }
  await wal[Symbol.asyncDispose]();
  return disk.copy();
}

async function inspect(
  disk: BrokenDisk,
): Promise<{ findings: Awaited<ReturnType<typeof inspectWal>>; batches: string[] }> {
  const batches: string[] = [];
  const from = disk.calls.length;
  const findings = await inspectWal({
    disk,
    folder: FOLDER,
    onBatch: (batch) => {
      batches.push(describeBatch(batch).replace(/(.)\1{9,}/, '$1…'));
    },
  });
  expect(new Set(disk.calls.slice(from).map(({ call }) => call))).toEqual(
    new Set(['list', 'open', 'size', 'read', 'close']),
  );
  expect(disk.openFiles).toBe(0);
  return { findings, batches };
}

it('tells what is in a log, and changes nothing', async () => {
  const { findings, batches } = await inspect(await log());
  expect(findings).toEqual({
    segments: [1, 2, 3].map((sequence) => ({
      file: file(sequence),
      sequence,
      bytes: 4_096,
      used: sequence === 1 ? 4_064 : 4_096,
      batches: 4,
      records: sequence === 1 ? 4 : 5,
    })),
    torn: undefined,
    unfinished: [`${FOLDER}/4.new`],
    damage: [],
  });
  expect(batches.slice(0, 5)).toEqual(['1 carried: ', '1: a1, 9 a', '1: a…', '1: a…', '2 carried: 9 a']);
});

it('tells of a torn end without cutting it', async () => {
  const disk = await log();
  disk.contents(file(3)).fill(0, 3_584, 4_096);
  const before = disk.contents(file(3)).slice();
  const { findings, batches } = await inspect(disk);
  expect(findings).toMatchObject({ damage: [], torn: { file: file(3), bytes: 864 } });
  expect(batches.at(-1)).toBe('3: c…');
  expect(disk.contents(file(3))).toEqual(before);
});

it('goes on past damage, and tells of all of it with what to do', async () => {
  const disk = await log();
  const bytes = disk.contents(file(2));
  bytes[1_000] = 0xff;
  disk.put(`${FOLDER}/lost+found`, new Uint8Array(0));
  disk.put(file(5), disk.contents(file(3)).slice(0, 100));
  const { findings, batches } = await inspect(disk);
  expect(findings.damage.map(({ code, file: damaged }) => [code, damaged])).toEqual([
    ['STORAGE_FOREIGN_FILE', `${FOLDER}/lost+found`],
    ['STORAGE_WAL_CORRUPT', file(2)],
    ['STORAGE_WAL_GAP', file(5)],
    ['STORAGE_WAL_CORRUPT', file(5)],
  ]);
  for (const { fix } of findings.damage) expect(fix).not.toBe('');
  expect(findings.segments.map(({ sequence, batches: count }) => [sequence, count])).toEqual([
    [1, 4],
    [2, 2],
    [3, 4],
  ]);
  expect(batches.at(-1)).toBe('3: c…');
  await expect(openTextLog(disk)).rejects.toMatchObject({ code: findings.damage[0]?.code });
});

it('says when there is nothing', async () => {
  await expect(inspectWal({ disk: new BrokenDisk(), folder: '/nowhere' })).rejects.toMatchObject({
    code: 'STORAGE_DISK_FAILED',
    message: 'cannot list /nowhere: ENOENT',
  });
});
