import { VirtualClock } from '../clock/virtual-clock.ts';
import { SECTOR_BYTES } from './file-image.ts';
import { built, bytes, created, durable, outcomes, text } from './testing/disk-under-test.ts';
import type { VirtualDisk } from './virtual-disk.ts';

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
