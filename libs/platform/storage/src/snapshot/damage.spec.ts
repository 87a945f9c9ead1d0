import { checksum } from '../checksum.ts';
import { StorageDamageError } from '../damage.ts';
import { BrokenDisk } from '../testing/broken-disk.ts';
import { snapshotName } from './format.ts';
import { SLICE_BYTES_MAX } from './limits.ts';
import { openSnapshots } from './open-snapshots.ts';

const FOLDER = '/data/snapshots';
const FILE = `${FOLDER}/${snapshotName(5)}`;
const SLICES = ['one', 'two and a half', '', 'three'].map((text) => Buffer.from(text));

async function saved(): Promise<BrokenDisk> {
  const disk = new BrokenDisk();
  const { snapshots } = await openSnapshots({ disk, folder: FOLDER });
  await snapshots.save({ index: 5, metadata: Buffer.from('term 2'), slices: SLICES });
  return disk;
}

/** What a reader gets before it hears of the damage. */
async function read(disk: BrokenDisk): Promise<{ slices: Uint8Array[]; error: unknown }> {
  const slices: Uint8Array[] = [];
  try {
    const { snapshots } = await openSnapshots({ disk, folder: FOLDER });
    const { metadata, slices: checked } = await snapshots.open(5);
    expect(Buffer.from(metadata).toString()).toBe('term 2');
    for await (const slice of checked) slices.push(slice);
    return { slices, error: undefined };
  } catch (error) {
    return { slices, error };
  } finally {
    expect(disk.openFiles).toBe(0);
  }
}

async function expectDamage(disk: BrokenDisk): Promise<StorageDamageError> {
  const { slices, error } = await read(disk);
  if (!(error instanceof StorageDamageError)) throw new Error('it was read', { cause: error });
  expect(slices.map((slice) => Buffer.from(slice))).toEqual(SLICES.slice(0, slices.length));
  const { snapshots } = await openSnapshots({ disk, folder: FOLDER });
  await expect(snapshots.verify(5)).rejects.toEqual(error);
  return error;
}

it('finds a bit that flips at every byte, before it yields a slice that is not whole', async () => {
  const whole = await saved();
  const { length } = whole.contents(FILE);
  expect((await read(whole)).error).toBeUndefined();
  for (let at = 0; at < length; at += 1) {
    const disk = whole.copy();
    const bytes = disk.contents(FILE);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    const error = await expectDamage(disk);
    expect([at, error.code]).toEqual([at, at < 8 ? 'STORAGE_FOREIGN_FILE' : 'STORAGE_SNAPSHOT_CORRUPT']);
    expect(error.file).toBe(FILE);
    expect(error.offset).toBeLessThanOrEqual(at);
  }
});

it('finds that the end is missing, wherever it was cut, and that something was added', async () => {
  const whole = await saved();
  const bytes = whole.contents(FILE).slice();
  for (let length = 0; length < bytes.length; length += 1) {
    whole.put(FILE, bytes.slice(0, length));
    expect(await expectDamage(whole)).toMatchObject({ code: 'STORAGE_SNAPSHOT_CORRUPT' });
  }
  whole.put(FILE, Buffer.concat([bytes, Buffer.alloc(1)]));
  expect((await expectDamage(whole)).message).toMatch(
    /the footer does not match its checksum, or does not end the file$/,
  );
});

it.each([
  ['after the header', 64, 'it ends before its footer'],
  ['within the header of a slice', 64 + 16 + 6 + 10, 'here begins no slice'],
  ['within a slice', 64 + 16 + 6 + 16 + 2, 'it ends within the slice that begins here'],
  ['before the footer', -64, 'it ends before its footer'],
])('says what is missing when it is cut %s', async (_, length, what) => {
  const disk = await saved();
  disk.put(FILE, disk.contents(FILE).slice(0, length));
  expect((await expectDamage(disk)).message).toContain(what);
});

it('finds slices that were dropped or have changed places', async () => {
  const disk = await saved();
  const bytes = disk.contents(FILE).slice();
  const [first, second, third] = [86, 86 + 19, 86 + 19 + 30];
  const slice = (from: number, to?: number): Uint8Array => bytes.subarray(from, to);
  disk.put(FILE, Buffer.concat([slice(0, first), slice(second)]));
  await expectDamage(disk);
  disk.put(FILE, Buffer.concat([slice(0, first), slice(second, third), slice(first, second), slice(third)]));
  await expectDamage(disk);
  disk.put(FILE, Buffer.concat([slice(0, second), slice(first, second), slice(second)]));
  await expectDamage(disk);
});

it('refuses one of another index, of a later format, and what is none', async () => {
  const disk = await saved();
  const bytes = disk.contents(FILE);
  const { snapshots } = await openSnapshots({ disk, folder: FOLDER });
  disk.put(`${FOLDER}/${snapshotName(6)}`, bytes.slice());
  await expect(snapshots.open(6)).rejects.toMatchObject({
    code: 'STORAGE_SNAPSHOT_CORRUPT',
    message: `${FOLDER}/${snapshotName(6)}, byte 16: it is the snapshot of index 5, renamed`,
  });
  bytes[8] = 7;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(60, checksum(bytes.subarray(0, 60), 0), true);
  await expect(snapshots.open(5)).rejects.toMatchObject({ code: 'STORAGE_FORMAT_UNKNOWN', version: 7 });
  disk.put(FILE, Buffer.alloc(4_096, 'not ours'));
  await expect(snapshots.open(5)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN_FILE' });
  disk.put(`${FOLDER}/notes.txt`, bytes);
  await expect(openSnapshots({ disk, folder: FOLDER })).rejects.toMatchObject({
    code: 'STORAGE_FOREIGN_FILE',
    file: `${FOLDER}/notes.txt`,
  });
});

it('does not believe a length that is beyond every slice', async () => {
  const disk = await saved();
  const bytes = disk.contents(FILE);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const chain = view.getUint32(64 + 8, true);
  view.setUint32(86 + 4, SLICE_BYTES_MAX + 1, true);
  view.setUint32(86 + 12, checksum(bytes.subarray(86, 86 + 12), chain), true);
  expect((await expectDamage(disk)).message).toContain('here begins no slice');
});
