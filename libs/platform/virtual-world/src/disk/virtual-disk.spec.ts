import { createSeededRng } from '@portolan/kernel';
import type { DiskFile } from '@portolan/storage';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { AT_ONCE } from '../delay.ts';
import { SECTOR_BYTES } from './file-image.ts';
import { VirtualDisk } from './virtual-disk.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);

/** Operations take no time: what a test awaits has happened. */
const built = (seed = 1): VirtualDisk => new VirtualDisk({ rng: createSeededRng(seed) });

/** What is seen over many seeds: chance shows all that it may do. */
async function outcomes(of: (disk: VirtualDisk) => Promise<unknown>, seeds = 60): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= seeds; seed += 1) seen.add(String(await of(built(seed))));
  return [...seen].sort();
}

async function created(disk: VirtualDisk, path: string, content = ''): Promise<DiskFile> {
  const file = await disk.open(path, 'create');
  if (content !== '') await file.write(0, [bytes(content)]);
  return file;
}

async function durable(disk: VirtualDisk, path: string, content: string): Promise<DiskFile> {
  const file = await created(disk, path, content);
  await file.syncData();
  await disk.syncFolder(path.slice(0, path.lastIndexOf('/')) || '/');
  return file;
}

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

describe('VirtualDisk in a crash', () => {
  it('keeps or loses each sector that was not synced, by itself', async () => {
    const [before, after] = ['-'.repeat(2 * SECTOR_BYTES), '+'.repeat(2 * SECTOR_BYTES)];
    const seen = await outcomes(async (disk) => {
      const file = await durable(disk, '/f', before);
      await file.write(0, [bytes(after)]);
      disk.crash();
      const content = text(disk.contents('/f'));
      return [0, 1]
        .map((sector) => content.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES))
        .map((one) => new Set(one).size === 1 && one[0])
        .join('');
    });
    expect(seen).toEqual(['++', '+-', '-+', '--']);
  });

  it('may lose, or keep in part, what was appended and not synced; never what was synced', async () => {
    const seen = await outcomes(async (disk) => {
      const file = await durable(disk, '/f', 'synced');
      await file.write(6, [bytes('++')]);
      disk.crash();
      return text(disk.contents('/f')).replaceAll('\0', '0');
    });
    expect(seen).toEqual(['synced', 'synced+', 'synced++', 'synced0', 'synced00'].filter((one) => seen.includes(one)));
    expect(seen).toEqual(expect.arrayContaining(['synced', 'synced++']));
  });

  it('keeps a version in between when the kernel has written that back', async () => {
    const seen = await outcomes(async (disk) => {
      const file = await durable(disk, '/f', '0');
      for (const version of ['1', '2']) await file.write(0, [bytes(version)]);
      disk.crash();
      return text(disk.contents('/f'));
    });
    expect(seen).toEqual(['0', '1', '2']);
  });

  it.each<[string, (disk: VirtualDisk) => Promise<void>, readonly string[]]>([
    ['a new name', async (disk) => (await created(disk, '/new')).close(), ['new,old', 'old']],
    ['a removal', (disk) => disk.remove('/old'), ['', 'old']],
    ['a rename', (disk) => disk.rename('/old', '/new'), ['new', 'old']],
    [
      'a file made, then renamed',
      async (disk) => {
        await created(disk, '/new.tmp');
        await disk.rename('/new.tmp', '/new');
      },
      ['new,old', 'new.tmp,old', 'old'],
    ],
    ['a folder with all in it', (disk) => disk.makeFolder('/x/y'), ['old', 'old,x']],
  ])('may forget %s before the folder is synced, and never after', async (_what, act, expected) => {
    const list = async (disk: VirtualDisk): Promise<string> => (await disk.list('/')).join();
    const forgetting = await outcomes(async (disk) => {
      await durable(disk, '/old', 'o');
      await act(disk);
      disk.crash();
      return list(disk);
    });
    expect(forgetting).toEqual(expected);
    const keeping = await outcomes(async (disk) => {
      await durable(disk, '/old', 'o');
      await act(disk);
      await disk.syncFolder('/');
      disk.crash();
      return list(disk);
    });
    expect(keeping).toHaveLength(1);
  });

  it('has the old or the new file after an un-synced rename over one', async () => {
    const seen = await outcomes(async (disk) => {
      await durable(disk, '/f', 'old');
      await durable(disk, '/f.tmp', 'new');
      await disk.rename('/f.tmp', '/f');
      disk.crash();
      return text(disk.contents('/f'));
    });
    expect(seen).toEqual(['new', 'old']);
  });

  it('loses a synced file whose name was not synced', async () => {
    const seen = await outcomes(async (disk) => {
      const file = await created(disk, '/f', 'x');
      await file.syncData();
      disk.crash();
      return (await disk.list('/')).map((name) => `${name}=${text(disk.contents(`/${name}`))}`);
    });
    expect(seen).toEqual(['', 'f=x']);
  });

  it('never has a renamed file under two names, or under none', async () => {
    const seen = await outcomes(async (disk) => {
      await durable(disk, '/a', 'x');
      await disk.rename('/a', '/b');
      await disk.rename('/b', '/c');
      disk.crash();
      return (await disk.list('/')).join();
    });
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('keeps with the sync of one folder what a name in it stands on in another', async () => {
    const seen = await outcomes(async (disk) => {
      await disk.makeFolder('/from');
      await disk.makeFolder('/to');
      await disk.syncFolder('/');
      await created(disk, '/from/x');
      await disk.rename('/from/x', '/to/y');
      await disk.syncFolder('/to');
      disk.crash();
      return `from: ${(await disk.list('/from')).join()} to: ${(await disk.list('/to')).join()}`;
    });
    expect(seen).toEqual(['from:  to: y']);
  });

  it('leaves what was written to the page cache when only the process dies', async () => {
    const disk = built();
    await created(disk, '/f', 'not synced');
    disk.killed();
    expect(text(disk.contents('/f'))).toBe('not synced');
  });

  it('never answers a file of before', async () => {
    const disk = built();
    const file = await durable(disk, '/f', 'x');
    disk.crash();
    let answered = false;
    void file.write(0, [bytes('ghost')]).finally(() => (answered = true));
    void file.close().finally(() => (answered = true));
    await new VirtualClock().advance(0);
    expect([answered, text(disk.contents('/f'))]).toEqual([false, 'x']);
  });
});

describe('VirtualDisk with faults', () => {
  it('fails a sync once, succeeds the next time, and has lost what the first should have kept (fsyncgate)', async () => {
    const seen = await outcomes(async (disk) => {
      const file = await durable(disk, '/f', 'old');
      await file.write(0, [bytes('new')]);
      disk.setFaults({ syncFailureChance: 1 });
      await expect(file.syncData()).rejects.toMatchObject({ code: 'EIO' });
      disk.heal();
      await file.syncData();
      const shown = text(await file.read(0, 3));
      disk.crash();
      return `${shown}, then ${text(disk.contents('/f'))}`;
    });
    expect(seen).toEqual(['new, then new', 'new, then old', 'old, then old']);
  });

  it('writes as far as the disk has room, then says ENOSPC; what is there can be written over', async () => {
    const disk = built();
    const file = await created(disk, '/f', '12345');
    disk.setFaults({ capacityBytes: 8 });
    await expect(file.write(5, [bytes('6789a')])).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(text(disk.contents('/f'))).toBe('12345678');
    await expect(disk.open('/g', 'create')).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.setFaults({ capacityBytes: 3 });
    await file.write(0, [bytes('abcdefgh')]);
    disk.heal();
    await file.write(8, [bytes('9')]);
    expect(text(disk.contents('/f'))).toBe('abcdefgh9');
  });

  it('completes nothing while it hangs, and everything afterwards', async () => {
    const clock = new VirtualClock();
    const disk = new VirtualDisk({ rng: createSeededRng(1), clock });
    const seen: string[] = [];
    void disk.makeFolder('/before').then(() => seen.push('before'));
    disk.setFaults({ isHung: true });
    void disk.makeFolder('/during').then(() => seen.push('during'));
    await clock.advance(60_000);
    expect(seen).toEqual([]);
    disk.heal();
    await clock.advance(0);
    expect(seen.sort()).toEqual(['before', 'during']);
  });

  it('takes its time, more of it when it is slow', async () => {
    const operation = { minMs: 1, maxMs: 1, tailChance: 0, tailMaxMs: 0 };
    const clock = new VirtualClock();
    const disk = new VirtualDisk({ rng: createSeededRng(1), clock, times: { operation, sync: operation } });
    const took = async (): Promise<number> => {
      const start = clock.now();
      void disk.list('/').then(() => (end = clock.now()));
      let end = start;
      await clock.step();
      return end - start;
    };
    const quick = await took();
    disk.setFaults({ slowness: 100 });
    expect([quick, await took()]).toEqual([1, 100]);
  });

  it('keeps the newest of what was synced when syncs end in another order than they began', async () => {
    const clock = new VirtualClock();
    const times = { operation: AT_ONCE, sync: { minMs: 1, maxMs: 1, tailChance: 0, tailMaxMs: 0 } };
    const disk = new VirtualDisk({ rng: createSeededRng(1), clock, times });
    const ended: string[] = [];
    void (async () => {
      const file = await created(disk, '/f', 'one');
      await disk.syncFolder('/');
      disk.setFaults({ slowness: 100 });
      void file.syncData().then(() => ended.push('first'));
      disk.heal();
      await file.write(0, [bytes('two')]);
      await file.syncData().then(() => ended.push('second'));
    })();
    await clock.advance(200);
    disk.crash();
    expect([ended, text(disk.contents('/f'))]).toEqual([['second', 'first'], 'two']);
  });

  it('keeps by a sync only the names that were there when it began', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const clock = new VirtualClock();
      const times = { operation: AT_ONCE, sync: { minMs: 9, maxMs: 9, tailChance: 0, tailMaxMs: 0 } };
      const disk = new VirtualDisk({ rng: createSeededRng(seed), clock, times });
      void disk.makeFolder('/before').then(() => {
        void disk.syncFolder('/');
        void disk.makeFolder('/during');
      });
      await clock.advance(10);
      disk.crash();
      void disk.list('/').then((names) => seen.add(names.join()));
      await clock.advance(0);
    }
    expect([...seen].sort()).toEqual(['before', 'before,during']);
  });

  it('does nothing any more once the process that asked for it is dead', async () => {
    const clock = new VirtualClock();
    const disk = new VirtualDisk({ rng: createSeededRng(1), clock });
    for (let name = 0; name < 10; name += 1) void disk.makeFolder(`/${name}`);
    disk.killed();
    const names = async (): Promise<string> => {
      const listed: string[] = [];
      void disk.list('/').then((found) => listed.push(...found));
      await clock.advance(1_000);
      return listed.join();
    };
    const before = await names();
    expect(before.length).toBeLessThan(19);
    expect(await names()).toBe(before);
  });

  it('may have done a part of what was under way when the process died', async () => {
    const before = '-'.repeat(2 * SECTOR_BYTES);
    const seen = new Set<string>();
    for (let seed = 1; seed <= 60; seed += 1) {
      const clock = new VirtualClock();
      const disk = new VirtualDisk({ rng: createSeededRng(seed), clock });
      const writing = (async () => {
        const file = await disk.open('/f', 'create');
        await file.write(0, [bytes(before)]);
        void file.write(0, [bytes('+'.repeat(2 * SECTOR_BYTES))]);
      })();
      while (await Promise.race([writing.then(() => false), clock.step()]));
      await writing;
      disk.killed();
      const content = text(disk.contents('/f'));
      seen.add(`${content[0] ?? ''}${content[SECTOR_BYTES] ?? ''}`);
    }
    expect([...seen].sort()).toEqual(['++', '+-', '-+', '--']);
  });

  it('flips a bit and cuts a file where it is told', async () => {
    const disk = built();
    const file = await durable(disk, '/f', 'abc');
    disk.flipBit('/f', 1);
    expect(text(await file.read(0, 3))).toBe('acc');
    disk.truncate('/f', 2);
    await file.write(3, [bytes('d')]);
    disk.crash();
    expect(text(disk.contents('/f')).slice(0, 2)).toBe('ac');
    expect(text(await (await disk.open('/f', 'read')).read(2, 1))).toMatch(/^\0?$/);
  });
});
