import { built, bytes, created, text } from './testing/disk-under-test.ts';
import type { VirtualDisk } from './virtual-disk.ts';

describe('VirtualDisk as a file system', () => {
  it('reads what was written, gaps as zeros, and no further than the end', async () => {
    const disk = built();
    const file = await created(disk, '/f');
    await file.write(600, [bytes('ab'), bytes('c'), bytes('')]);
    expect(await file.size()).toBe(603);
    expect(text(await file.read(598, 100))).toBe('\0\0abc');
    expect(await file.read(603, 5)).toHaveLength(0);
    await file.write(510, [bytes('over a boundary')]);
    expect(text(await file.read(510, 15))).toBe('over a boundary');
  });

  it('lists names by code unit, makes folders with those above, renames over a file and removes', async () => {
    const disk = built();
    await disk.makeFolder('/data/wal');
    await disk.makeFolder('/data/wal');
    for (const name of ['b', 'B', 'a']) await created(disk, `/data/wal/${name}`, name);
    expect(await disk.list('/data/wal')).toEqual(['B', 'a', 'b']);
    await disk.rename('/data/wal/a', '/data/wal/b');
    await disk.remove('/data/wal/B');
    expect([await disk.list('/data/wal'), text(disk.contents('/data/wal/b'))]).toEqual([['b'], 'a']);
  });

  it.each([
    ['ENOENT', (disk: VirtualDisk) => disk.open('/none', 'read')],
    ['ENOENT', (disk: VirtualDisk) => disk.open('/none/f', 'create')],
    ['ENOENT', (disk: VirtualDisk) => disk.list('/none')],
    ['ENOENT', (disk: VirtualDisk) => disk.syncFolder('/none')],
    ['ENOENT', (disk: VirtualDisk) => disk.rename('/none', '/g')],
    ['ENOENT', (disk: VirtualDisk) => disk.remove('/none')],
    ['EEXIST', (disk: VirtualDisk) => disk.open('/f', 'create')],
    ['EEXIST', (disk: VirtualDisk) => disk.makeFolder('/f')],
    ['ENOTDIR', (disk: VirtualDisk) => disk.makeFolder('/f/g')],
    ['ENOTDIR', (disk: VirtualDisk) => disk.open('/f/g', 'read')],
    ['ENOTDIR', (disk: VirtualDisk) => disk.syncFolder('/f')],
    ['EISDIR', (disk: VirtualDisk) => disk.open('/d', 'read')],
    ['EISDIR', (disk: VirtualDisk) => disk.remove('/d')],
    ['EISDIR', (disk: VirtualDisk) => disk.rename('/f', '/d')],
    ['EINVAL', (disk: VirtualDisk) => disk.open('relative', 'read')],
  ])('rejects with %s: %s', async (code, act) => {
    const disk = built();
    await created(disk, '/f');
    await disk.makeFolder('/d');
    await expect(act(disk)).rejects.toMatchObject({ code });
  });

  it('refuses a closed file, and writing to one opened to read', async () => {
    const disk = built();
    const file = await created(disk, '/f', 'x');
    const reader = await disk.open('/f', 'read');
    await expect(reader.write(0, [bytes('y')])).rejects.toMatchObject({ code: 'EBADF' });
    await file.close();
    for (const act of [file.read(0, 1), file.write(0, []), file.syncData(), file.size(), file.close()]) {
      await expect(act).rejects.toMatchObject({ code: 'EBADF' });
    }
  });
});
