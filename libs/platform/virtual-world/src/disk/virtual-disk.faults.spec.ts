import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { AT_ONCE } from '../delay.ts';
import { SECTOR_BYTES } from './file-image.ts';
import { built, bytes, created, durable, outcomes, text } from './testing/disk-under-test.ts';
import { VirtualDisk } from './virtual-disk.ts';

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
