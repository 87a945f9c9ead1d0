import { StorageDamageError } from '../damage.ts';
import { BrokenDisk } from '../testing/broken-disk.ts';
import { carried, FOLDER, openTextLog, record } from '../testing/text-log.ts';
import { SECTOR_BYTES } from '../zeros.ts';
import { segmentName } from './segment-format.ts';

const SEGMENT_BYTES = 4_096;
const file = (sequence: number): string => `${FOLDER}/${segmentName(sequence)}`;

/** A small log: two segments, the second with a batch over several sectors at its end. */
async function smallLog(
  lastText = 'c'.repeat(1_500),
  secondText = 'b'.repeat(2_600),
  firstText = 'a',
): Promise<{ disk: BrokenDisk; batches: readonly string[] }> {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record(firstText), carried('vote')]);
  await wal.append([record(secondText)]);
  await wal.append([record('first'), record('2'.repeat(1_300))]);
  await wal.append([record('second')]);
  await wal.append([record(lastText)]);
  await wal[Symbol.asyncDispose]();
  const left = disk.copy();
  for (const name of await disk.list(FOLDER)) if (name.endsWith('.new')) left.delete(`${FOLDER}/${name}`);
  return { disk: left, batches: (await openTextLog(left.copy())).batches };
}

/** Where batches begin in a segment. */
function batchOffsets(bytes: Uint8Array): number[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [...text.matchAll(/P(BAT|CAR)/g)].map(({ index }) => index);
}

async function damageOf(disk: BrokenDisk): Promise<StorageDamageError> {
  const before = disk.copy();
  const error = await openTextLog(disk).then(
    async ({ wal }) => {
      await wal[Symbol.asyncDispose]();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageDamageError)) throw new Error('it was opened', { cause: error });
  // Nothing was repaired, nor removed.
  for (const name of await before.list(FOLDER)) {
    expect(Buffer.compare(disk.contents(`${FOLDER}/${name}`), before.contents(`${FOLDER}/${name}`))).toBe(0);
  }
  expect(disk.openFiles).toBe(0);
  return error;
}

describe('a bit that flips', () => {
  it('is found at every byte of a log, in the file that has it, and cuts off nothing that was acknowledged', async () => {
    const { disk: whole, batches } = await smallLog();
    const outcomes = { STORAGE_WAL_CORRUPT: 0, STORAGE_FOREIGN_FILE: 0, cut: 0 };
    for (const sequence of [1, 2]) {
      for (let at = 0; at < SEGMENT_BYTES; at += 1) {
        const disk = whole.copy();
        const bytes = disk.contents(file(sequence));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        const opened = await openTextLog(disk).catch((error: unknown) => error);
        if (opened instanceof StorageDamageError) {
          expect(['STORAGE_WAL_CORRUPT', 'STORAGE_FOREIGN_FILE']).toContain(opened.code);
          expect(opened.file).toBe(file(sequence));
          expect(opened.offset).toBeLessThanOrEqual(at);
          if (opened.code === 'STORAGE_FOREIGN_FILE') expect(at).toBeLessThan(8);
          outcomes[opened.code === 'STORAGE_FOREIGN_FILE' ? opened.code : 'STORAGE_WAL_CORRUPT'] += 1;
          continue;
        }
        // Behind the last batch, in a sector of its own: so would be what is left of a batch whose first sector is missing.
        expect(opened).toMatchObject({ cut: { file: file(2) }, batches });
        const { cut, wal } = opened as Awaited<ReturnType<typeof openTextLog>>;
        expect(cut?.offset).toBeLessThan(at);
        expect((cut?.offset ?? 0) + (cut?.bytes ?? 0)).toBeGreaterThan(at);
        outcomes.cut += 1;
        await wal[Symbol.asyncDispose]();
        expect((await openTextLog(disk.copy())).cut).toBeUndefined();
      }
    }
    const end = (batchOffsets(whole.contents(file(2))).at(-1) ?? 0) + 32 + 1_504;
    const unusedSectors = Math.floor((SEGMENT_BYTES - end) / SECTOR_BYTES);
    expect(outcomes).toEqual({
      STORAGE_FOREIGN_FILE: 16,
      cut: unusedSectors * SECTOR_BYTES,
      STORAGE_WAL_CORRUPT: 2 * SEGMENT_BYTES - 16 - unusedSectors * SECTOR_BYTES,
    });
  }, 60_000);
});

describe('the last batch, torn', () => {
  it('is cut, and nothing else, whichever of its sectors are missing', async () => {
    const { disk: whole, batches } = await smallLog();
    const start = batchOffsets(whole.contents(file(2))).at(-1) ?? 0;
    const end = start + 32 + 1_504;
    const pieces: [number, number][] = [];
    for (let at = start; at < end;) {
      const next = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      pieces.push([at, next]);
      at = next;
    }
    expect(pieces.length).toBeGreaterThan(3);
    for (let missing = 1; missing < 2 ** pieces.length; missing += 1) {
      const disk = whole.copy();
      for (const [index, [from, to]] of pieces.entries()) {
        if ((missing & (1 << index)) !== 0) disk.contents(file(2)).fill(0, from, to);
      }
      const isAllGone = missing === 2 ** pieces.length - 1;
      const { wal, cut, batches: found } = await openTextLog(disk);
      expect(found).toEqual(batches.slice(0, -1));
      const lastPiece = pieces.findLast((_, index) => (missing & (1 << index)) === 0)?.[1] ?? 0;
      const isHeaderGone = (missing & 1) !== 0;
      expect(cut).toEqual(
        isAllGone ? undefined : { file: file(2), offset: start, bytes: (isHeaderGone ? lastPiece : end) - start },
      );
      await wal.append([record('instead')]);
      await wal[Symbol.asyncDispose]();
      const again = await openTextLog(disk);
      expect([again.cut, again.batches]).toEqual([undefined, [...found, '2: instead']]);
      await again.wal[Symbol.asyncDispose]();
    }
  });

  it('is cut also where its own data is zeros', async () => {
    const { disk: whole, batches } = await smallLog(`${'\0'.repeat(1_000)}x${'\0'.repeat(499)}`);
    const start = batchOffsets(whole.contents(file(2))).at(-1) ?? 0;
    const x = whole.contents(file(2)).indexOf('x'.charCodeAt(0), start);
    const sector = Math.floor(x / SECTOR_BYTES) * SECTOR_BYTES;
    whole.contents(file(2)).fill(0, sector, sector + SECTOR_BYTES);
    expect(await openTextLog(whole)).toMatchObject({ batches: batches.slice(0, -1), cut: { offset: start } });
  });

  it('is damage where its data is zeros and a bit of it is not', async () => {
    const { disk } = await smallLog('\0'.repeat(1_500));
    const start = batchOffsets(disk.contents(file(2))).at(-1) ?? 0;
    disk.contents(file(2))[start + 1_000] = 1;
    expect(await damageOf(disk)).toMatchObject({ code: 'STORAGE_WAL_CORRUPT', offset: start });
  });

  it('is damage when anything follows it', async () => {
    const { disk } = await smallLog();
    // A sector in the middle of a batch: it would look torn, were it the last.
    disk.contents(file(2)).fill(0, 512, 1_024);
    const error = await damageOf(disk);
    expect(error).toMatchObject({ code: 'STORAGE_WAL_CORRUPT', offset: batchOffsets(disk.contents(file(2)))[1] });
    expect(error.message).toMatch(/do not match their checksum, and a whole batch follows at byte \d+$/);
  });

  it('is damage when its header alone is zeros: a sector is written whole', async () => {
    const { disk } = await smallLog();
    const start = batchOffsets(disk.contents(file(2))).at(-1) ?? 0;
    disk.contents(file(2)).fill(0, start, start + 32);
    expect(await damageOf(disk)).toMatchObject({
      code: 'STORAGE_WAL_CORRUPT',
      message: `${file(2)}, byte ${start + 32}: behind the last batch something is not zero`,
    });
  });
});

describe('a batch in the middle', () => {
  it.each([1, 2])('of segment %d is damage when its header is zeros', async (sequence) => {
    const { disk } = await smallLog();
    const [, second = 0, third = 0] = batchOffsets(disk.contents(file(sequence)));
    disk.contents(file(sequence)).fill(0, second, second + 32);
    expect(await damageOf(disk)).toMatchObject({
      file: file(sequence),
      offset: second,
      message: `${file(sequence)}, byte ${second}: a batch is missing: a whole one follows at byte ${third}`,
    });
  });

  it.each([1, 2])('is damage when it is the first of segment %d and gone', async (sequence) => {
    const { disk } = await smallLog();
    disk.contents(file(sequence)).fill(0, 64);
    expect((await damageOf(disk)).message).toBe(
      `${file(sequence)}, byte 64: the first batch of the segment is missing`,
    );
  });

  it('is damage when it is a copy of another, of this segment or of another log', async () => {
    const { disk } = await smallLog();
    const bytes = disk.contents(file(2));
    const last = batchOffsets(bytes).at(-1) ?? 0;
    bytes.copyWithin(last + 32 + 1_504, last, last + 32 + 1_504);
    expect(await damageOf(disk)).toMatchObject({ code: 'STORAGE_WAL_CORRUPT', offset: last + 32 + 1_504 });
    const other = await smallLog('d'.repeat(1_500));
    other.disk.put(file(1), (await smallLogOf('x')).contents(file(1)));
    expect(await damageOf(other.disk)).toMatchObject({
      code: 'STORAGE_WAL_CORRUPT',
      file: file(2),
      message: `${file(2)}, byte 32: it does not continue the segment before it`,
    });
  });

  it('is damage when it is of another history', async () => {
    const { disk } = await smallLog();
    const other = await smallLog('c'.repeat(1_500), 'b'.repeat(2_599) + 'B');
    const [, , at = 0] = batchOffsets(disk.contents(file(1)));
    // Both begin alike: the batch is whole and in its place, but what follows it followed another.
    disk.contents(file(1)).set(other.disk.contents(file(1)).subarray(at), at);
    expect((await damageOf(disk)).message).toBe(`${file(2)}, byte 32: it does not continue the segment before it`);
    const third = await smallLog();
    const [, first = 0, second = 0] = batchOffsets(third.disk.contents(file(1)));
    const start = await smallLog('c'.repeat(1_500), 'b'.repeat(2_600), 'A');
    third.disk.contents(file(1)).set(start.disk.contents(file(1)).subarray(first, second), first);
    expect((await damageOf(third.disk)).message).toBe(
      `${file(1)}, byte ${second}: the batch does not follow the one before it`,
    );
  });

  it('of a segment that is not the last is damage when it looks torn', async () => {
    const { disk } = await smallLog();
    const last = batchOffsets(disk.contents(file(1))).at(-1) ?? 0;
    expect(last).toBeLessThan(1_024);
    disk.contents(file(1)).fill(0, 1_024, 1_536);
    expect(await damageOf(disk)).toMatchObject({ code: 'STORAGE_WAL_CORRUPT', file: file(1), offset: last });
  });
});

describe('a segment', () => {
  it.each([0, 1, 63, 64, 512, 2_048, SEGMENT_BYTES - 1])('cut to %d bytes was changed from outside', async (length) => {
    for (const sequence of [1, 2]) {
      const { disk } = await smallLog();
      disk.put(file(sequence), disk.contents(file(sequence)).slice(0, length));
      expect(await damageOf(disk)).toMatchObject({
        code: 'STORAGE_WAL_TRUNCATED',
        file: file(sequence),
        offset: length,
        fix: expect.stringMatching(/^restore this member from a snapshot, or remove its data folder/) as string,
      });
    }
  });

  it('that has grown was changed from outside', async () => {
    const { disk } = await smallLog();
    disk.put(file(2), Buffer.concat([disk.contents(file(2)), new Uint8Array(512)]));
    expect(await damageOf(disk)).toMatchObject({ code: 'STORAGE_WAL_TRUNCATED', offset: SEGMENT_BYTES });
  });

  it('that is missing between others is a gap', async () => {
    const { disk } = await smallLog();
    disk.put(file(4), disk.contents(file(2)));
    expect(await damageOf(disk)).toMatchObject({
      code: 'STORAGE_WAL_GAP',
      message: `${file(4)}, byte 0: the segment between ${segmentName(2)} and it is missing`,
    });
  });

  it('under another name is damage', async () => {
    const { disk } = await smallLog();
    disk.put(file(2), disk.contents(file(1)));
    expect((await damageOf(disk)).message).toBe(`${file(2)}, byte 16: it is segment 1, renamed`);
  });

  it('of all zeros, or of something else, is foreign', async () => {
    for (const [bytes, what] of [
      [new Uint8Array(SEGMENT_BYTES), 'its header is all zeros'],
      [Buffer.alloc(SEGMENT_BYTES, 'SQLite format 3\0'), 'it is not a segment of a log'],
    ] as const) {
      const { disk } = await smallLog();
      disk.put(file(2), bytes);
      expect(await damageOf(disk)).toMatchObject({
        code: 'STORAGE_FOREIGN_FILE',
        message: `${file(2)}, byte 0: ${what}`,
      });
    }
  });

  it('of a later format is refused by what it says of itself', async () => {
    const { disk } = await smallLog();
    const bytes = disk.contents(file(2));
    const { checksum } = await import('../checksum.ts');
    bytes[8] = 2;
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(60, checksum(bytes.subarray(0, 60), 0), true);
    expect(await damageOf(disk)).toMatchObject({
      code: 'STORAGE_FORMAT_UNKNOWN',
      version: 2,
      message: `${file(2)}, byte 8: its format is 2, and this version reads 1`,
    });
  });
});

it.each(['notes.txt', '1.wal', '0000000000000000.wal', 'ffffffffffffffff.wal', '0000000000000001.WAL', 'x.new'])(
  'does not open a folder with %s in it',
  async (name) => {
    const { disk } = await smallLog();
    disk.put(`${FOLDER}/${name}`, Buffer.from('mine'));
    expect(await damageOf(disk)).toMatchObject({ code: 'STORAGE_FOREIGN_FILE', file: `${FOLDER}/${name}` });
  },
);

/** The limit of what can be told: README.md says so. */
it('takes for never written what a drive has turned back into zeros at the very end', async () => {
  const { disk, batches } = await smallLog();
  const last = batchOffsets(disk.contents(file(2))).at(-1) ?? 0;
  disk.contents(file(2)).fill(0, last);
  expect(await openTextLog(disk)).toMatchObject({ cut: undefined, batches: batches.slice(0, -1) });
});

async function smallLogOf(text: string): Promise<BrokenDisk> {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record(text)]);
  await wal.append([record('b'.repeat(4_000))]);
  await wal[Symbol.asyncDispose]();
  return disk;
}
