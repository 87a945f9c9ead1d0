import { nodeDisk } from '../node-disk.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openSnapshots } from './open-snapshots.ts';

it('keeps snapshots, the newest of them, on the real disk', async () => {
  await using temporary = await temporaryFolder();
  const folder = `${temporary.path}/deep/snapshots`;
  const { snapshots } = await openSnapshots({ disk: nodeDisk, folder });
  const slices = [Buffer.from('one'), Buffer.from(''), Buffer.from('three')];
  for (const index of [7, 300, 41]) {
    expect(await snapshots.save({ index, metadata: Buffer.from(`meta ${index}`), slices })).toEqual({
      index,
      slices: 3,
      bytes: 8,
    });
  }
  expect((await snapshots.list()).map(({ index }) => index)).toEqual([300, 41, 7]);
  const { metadata, slices: read } = await snapshots.open(41);
  expect(Buffer.from(metadata).toString()).toBe('meta 41');
  expect((await Array.fromAsync(read)).map((slice) => Buffer.from(slice).toString())).toEqual(['one', '', 'three']);
  expect(await snapshots.verify(300)).toEqual({ index: 300, slices: 3, bytes: 8 });
  expect(await snapshots.retain(2)).toEqual([7]);
  await expect(snapshots.open(7)).rejects.toMatchObject({ code: 'STORAGE_SNAPSHOT_ABSENT' });
  expect(await nodeDisk.list(folder)).toEqual(['0000000000000029.snap', '000000000000012c.snap']);
});
