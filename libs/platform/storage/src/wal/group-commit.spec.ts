import { BrokenDisk, type DiskCall } from '../testing/broken-disk.ts';
import { carried, openTextLog, record } from '../testing/text-log.ts';
import {
  APPEND_BYTES_MAX,
  CARRIED_RECORD_BYTES_MAX,
  GROUP_BYTES_MAX,
  RECORD_BYTES_MAX,
  WAITING_BYTES_MAX,
} from './limits.ts';

/** Holds calls of one kind on segments until they are released. */
function hold(disk: BrokenDisk, held: DiskCall['call']): { release: () => void; reached: Promise<void> } {
  const reached = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  disk.before = async ({ call, path }) => {
    if (call !== held || !path.endsWith('.wal')) return;
    reached.resolve(undefined);
    await released.promise;
  };
  return {
    reached: reached.promise,
    release: () => {
      disk.before = () => undefined;
      released.resolve(undefined);
    },
  };
}

/** What was called on the files of segments since `from`. */
const onSegments = (disk: BrokenDisk, from: number): string[] =>
  disk.calls
    .slice(from)
    .filter(({ path }) => path.endsWith('.wal'))
    .map(({ call }) => call);

it('writes and syncs once for all that is appended while the disk is busy', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  const from = disk.calls.length;
  const sync = hold(disk, 'sync');
  const resolved: string[] = [];
  const append = (text: string): Promise<unknown> => wal.append([record(text)]).then(() => resolved.push(text));
  const first = append('first');
  await sync.reached;
  const rest = Array.from({ length: 40 }, (_, index) => append(`${index}`));
  expect(resolved).toEqual([]);
  sync.release();
  await first;
  await Promise.all(rest);
  expect(onSegments(disk, from)).toEqual(['write', 'sync', 'write', 'sync']);
  expect(resolved).toEqual(['first', ...Array.from({ length: 40 }, (_, index) => `${index}`)]);
  expect(wal.counters).toMatchObject({ batches: 2, records: 41 });
  await wal[Symbol.asyncDispose]();
  expect((await openTextLog(disk)).batches).toEqual([
    '1 carried: ',
    '1: first',
    `1: ${Array.from({ length: 40 }, (_, index) => `${index}`).join(', ')}`,
  ]);
});

it('lets leave together what one turn of the loop appends', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await Promise.all(['a', 'b', 'c'].map((text) => wal.append([record(text), record(`${text}!`)])));
  expect(wal.counters).toEqual({ batches: 1, records: 6, bytes: 96 });
  await wal[Symbol.asyncDispose]();
});

it('splits what is more than a group, but no append', async () => {
  const { wal } = await openTextLog(new BrokenDisk(), { segmentBytes: 64 * 1024 });
  const half = { type: 1, data: new Uint8Array(GROUP_BYTES_MAX / 2) };
  await Promise.all([wal.append([half]), wal.append([half]), wal.append([half, half, half]), wal.append([half])]);
  expect(wal.counters).toMatchObject({ batches: 4, records: 6 });
  await wal[Symbol.asyncDispose]();
});

it('refuses what it has no room for in memory, and takes more once the disk has caught up', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk, { segmentBytes: 64 * 1024 });
  const large = { type: 1, data: new Uint8Array(RECORD_BYTES_MAX) };
  const sync = hold(disk, 'sync');
  const writing = wal.append([record('a')]);
  await sync.reached;
  const waiting = [1, 2, 3].map(() => wal.append([large]));
  const last = wal.append([{ type: 1, data: new Uint8Array(WAITING_BYTES_MAX - 3 * (RECORD_BYTES_MAX + 4) - 4) }]);
  await expect(wal.append([record('')])).rejects.toMatchObject({ code: 'STORAGE_WAL_OVERLOADED' });
  sync.release();
  await Promise.all([writing, ...waiting, last]);
  await wal.append([record('b')]);
  await wal[Symbol.asyncDispose]();
});

it('refuses what is too large, alone', async () => {
  const { wal } = await openTextLog(new BrokenDisk());
  const sized = (bytes: number, type = 1): { type: number; data: Uint8Array } => ({
    type,
    data: new Uint8Array(bytes),
  });
  const half = sized(RECORD_BYTES_MAX);
  const tooMany = Array.from({ length: Math.ceil(APPEND_BYTES_MAX / RECORD_BYTES_MAX) + 1 }, () => half);
  const good = wal.append([record('good')]);
  for (const records of [[sized(RECORD_BYTES_MAX + 1)], [sized(CARRIED_RECORD_BYTES_MAX + 1, 9)], tooMany]) {
    await expect(wal.append(records)).rejects.toMatchObject({ code: 'STORAGE_APPEND_TOO_LARGE' });
  }
  expect(await good).toBe(1);
  await wal.append([sized(CARRIED_RECORD_BYTES_MAX, 9)]);
  await wal[Symbol.asyncDispose]();
});

it.each([0, 256, 1.5, Number.NaN])('takes no record of type %d', async (type) => {
  const { wal } = await openTextLog(new BrokenDisk());
  await expect(wal.append([record('x', type)])).rejects.toThrow('a record type is 1 to 255');
  await expect(wal.append([])).rejects.toThrow('an append has records');
  await wal[Symbol.asyncDispose]();
});

it('keeps empty records, and those of every type', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record(''), record('', 255), record('x', 2)]);
  await wal[Symbol.asyncDispose]();
  expect((await openTextLog(disk)).batches).toEqual(['1 carried: ', '1: , 255 , 2 x']);
});

it('closes when all that was asked is done, and writes nothing of its own', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  const from = disk.calls.length;
  const sync = hold(disk, 'sync');
  const writing = wal.append([record('a')]);
  await sync.reached;
  const waiting = wal.append([carried('b')]);
  const closing = wal[Symbol.asyncDispose]();
  const again = wal[Symbol.asyncDispose]();
  await expect(wal.append([record('c')])).rejects.toMatchObject({ code: 'STORAGE_WAL_CLOSED' });
  await expect(wal.releaseBefore(1)).rejects.toMatchObject({ code: 'STORAGE_WAL_CLOSED' });
  sync.release();
  await Promise.all([closing, again]);
  expect(await Promise.all([writing, waiting])).toEqual([1, 1]);
  expect(onSegments(disk, from)).toEqual(['write', 'sync', 'write', 'sync', 'close']);
  expect(disk.openFiles).toBe(0);
  expect((await openTextLog(disk)).batches).toEqual(['1 carried: ', '1: a', '1: 9 b']);
});
