import { constants, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk, withoutFirst } from './node-disk.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('nodeDisk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-disk-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('writes chunks one after the other, fills a gap with zeros, and reads less only at the end', async () => {
    const path = join(folder, 'file');
    const file = await nodeDisk.open(path, 'create');
    await file.write(0, [bytes(1, 2), bytes(), bytes(3)]);
    await file.write(5, [bytes(9)]);
    await file.syncData();
    expect(await file.size()).toBe(6);
    expect([...(await file.read(1, 4))]).toEqual([2, 3, 0, 0]);
    expect([...(await file.read(4, 100))]).toEqual([0, 9]);
    expect([...(await file.read(6, 100))]).toEqual([]);
    await file.close();
    expect([...(await readFile(path))]).toEqual([1, 2, 3, 0, 0, 9]);
  });

  it('writes more chunks than the system takes at once', async () => {
    const file = await nodeDisk.open(join(folder, 'file'), 'create');
    await file.write(
      0,
      Array.from({ length: 3_000 }, (_, index) => bytes(index % 251)),
    );
    const read = await file.read(0, 4_000);
    expect(read).toHaveLength(3_000);
    expect(read.every((value, index) => value === index % 251)).toBe(true);
    await file.close();
  });

  it('makes a file only once, and opens only what is there', async () => {
    const path = join(folder, 'file');
    await expect(nodeDisk.open(path, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(nodeDisk.open(path, 'read-write')).rejects.toMatchObject({ code: 'ENOENT' });
    await (await nodeDisk.open(path, 'create')).close();
    await expect(nodeDisk.open(path, 'create')).rejects.toMatchObject({ code: 'EEXIST' });
    const reader = await nodeDisk.open(path, 'read');
    await expect(reader.write(0, [bytes(1)])).rejects.toMatchObject({ code: 'EBADF' });
    await reader.close();
    const writer = await nodeDisk.open(path, 'read-write');
    await writer.write(0, [bytes(1)]);
    await writer.close();
    await expect(nodeDisk.open(join(folder, 'other'), 'durable')).rejects.toMatchObject({ code: 'ENOENT' });
    const durable = await nodeDisk.open(path, 'durable');
    await durable.write(1, [bytes(2), bytes(3)]);
    await durable.close();
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
  });

  // Only a loss of power tells whether a write was durable; the flag of the descriptor is what asks for it.
  (process.platform === 'linux' ? it : it.skip)('opens with O_DSYNC what is to be durable', async () => {
    const path = join(folder, 'file');
    await (await nodeDisk.open(path, 'create')).close();
    const file = await nodeDisk.open(path, 'durable');
    const flags = await Promise.all(
      (await readdir('/proc/self/fd')).map(async (fd) => {
        const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
        return target === path ? readFile(`/proc/self/fdinfo/${fd}`, 'utf8') : '';
      }),
    );
    const octal = /flags:\s+(\d+)/.exec(flags.join(''))?.[1] ?? '';
    expect(Number.parseInt(octal, 8) & constants.O_DSYNC).toBe(constants.O_DSYNC);
    await file.close();
  });

  it('makes folders, lists, renames and removes', async () => {
    const deep = join(folder, 'a', 'b');
    await expect(nodeDisk.list(deep)).rejects.toMatchObject({ code: 'ENOENT' });
    await nodeDisk.makeFolder(deep);
    await nodeDisk.makeFolder(deep);
    for (const name of ['b', 'a', 'B']) await (await nodeDisk.open(join(deep, name), 'create')).close();
    await nodeDisk.rename(join(deep, 'b'), join(deep, 'a'));
    await nodeDisk.syncFolder(deep);
    expect(await nodeDisk.list(deep)).toEqual(['B', 'a']);
    await nodeDisk.remove(join(deep, 'a'));
    await expect(nodeDisk.remove(join(deep, 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await nodeDisk.list(deep)).toEqual(['B']);
  });
});

it.each([
  [0, [[1, 2], [3]]],
  [1, [[2], [3]]],
  [2, [[3]]],
  [3, []],
])('goes on after %d bytes that were written', (written, left) => {
  expect(withoutFirst([bytes(1, 2), bytes(3)], written).map((chunk) => [...chunk])).toEqual(left);
});
