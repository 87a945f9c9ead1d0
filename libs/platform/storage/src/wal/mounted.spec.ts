import { nodeDisk } from '../node-disk.ts';
import { itWithMount } from '../testing/mounted.ts';
import { openTextLog, record, textsOf } from '../testing/text-log.ts';
import { inspectWal } from './inspect-wal.ts';

const MIB = 1024 * 1024;

itWithMount('says when a disk is full, loses nothing, and goes on once there is room', MIB, async ({ path }) => {
  const options = { folder: `${path}/wal`, segmentBytes: 256 * 1024 };
  await using opened = new AsyncDisposableStack();
  const { wal } = await openTextLog(nodeDisk, options);
  opened.use(wal);
  const durable: string[] = [];
  const append = async (): Promise<void> => {
    const text = `number ${durable.length} ${'x'.repeat(50_000)}`;
    await wal.append([record(text)]);
    durable.push(text);
  };
  const filled = Array.from({ length: 100 }).reduce<Promise<void>>((before) => before.then(append), Promise.resolve());
  await expect(filled).rejects.toMatchObject({ code: 'STORAGE_DISK_FULL' });
  expect(durable.length).toBeGreaterThan(10);
  await wal.releaseBefore(2);
  await append();
  await wal[Symbol.asyncDispose]();
  const { wal: again, batches } = await openTextLog(nodeDisk, options);
  opened.use(again);
  const found = textsOf(batches);
  expect(found).toEqual(durable.slice(-found.length));
  expect(found.length).toBeGreaterThan(10);
});

itWithMount('opens nothing on a read-only disk, but can be inspected there', MIB, async ({ path, makeReadOnly }) => {
  const { wal } = await openTextLog(nodeDisk, { folder: `${path}/wal` });
  await wal.append([record('a')]);
  await wal[Symbol.asyncDispose]();
  makeReadOnly();
  for (const folder of [`${path}/wal`, `${path}/new/wal`]) {
    await expect(openTextLog(nodeDisk, { folder })).rejects.toMatchObject({
      code: 'STORAGE_DISK_DENIED',
      cause: { code: 'EROFS' },
      fix: 'let the user of this process read and write that folder, on a file system that is mounted to write',
    });
  }
  expect(await inspectWal({ disk: nodeDisk, folder: `${path}/wal` })).toMatchObject({
    segments: [{ sequence: 1, batches: 2, records: 1 }],
    damage: [],
  });
});
