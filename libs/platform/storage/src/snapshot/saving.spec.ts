import fc from 'fast-check';
import { createSeededRng } from '@portolan/kernel';
import { BrokenDisk, systemError, type DiskCall } from '../testing/broken-disk.ts';
import { METADATA_BYTES_MAX, SLICE_BYTES_MAX } from './limits.ts';
import { openSnapshots, type SnapshotStore } from './open-snapshots.ts';

const FOLDER = '/data/snapshots';
const NO_METADATA = new Uint8Array(0);

async function open(disk: BrokenDisk): Promise<SnapshotStore> {
  return (await openSnapshots({ disk, folder: FOLDER })).snapshots;
}
const indexes = async (snapshots: SnapshotStore): Promise<number[]> =>
  (await snapshots.list()).map(({ index }) => index);

it('asks for one slice after the other, and may be given the same memory again', async () => {
  const snapshots = await open(new BrokenDisk());
  const memory = new Uint8Array(4);
  const slices = function* (): Generator<Uint8Array> {
    for (let number = 0; number < 5; number += 1) yield memory.fill(number);
  };
  await snapshots.save({ index: 1, metadata: NO_METADATA, slices: slices() });
  const opened = await snapshots.open(1);
  for (let time = 0; time < 2; time += 1) {
    expect((await Array.fromAsync(opened.slices)).map(([first]) => first)).toEqual([0, 1, 2, 3, 4]);
  }
});

it('takes slices and metadata up to their bounds, and leaves nothing of one that exceeds them', async () => {
  const disk = new BrokenDisk();
  const snapshots = await open(disk);
  const sized = (bytes: number): Uint8Array => new Uint8Array(bytes);
  await snapshots.save({ index: 1, metadata: sized(METADATA_BYTES_MAX), slices: [sized(SLICE_BYTES_MAX)] });
  expect(await snapshots.verify(1)).toEqual({ index: 1, slices: 1, bytes: SLICE_BYTES_MAX });
  const code = 'STORAGE_SNAPSHOT_PART_TOO_LARGE';
  const tooLarge = [NO_METADATA, sized(SLICE_BYTES_MAX + 1)];
  await expect(snapshots.save({ index: 2, metadata: NO_METADATA, slices: tooLarge })).rejects.toMatchObject({ code });
  await expect(snapshots.save({ index: 2, metadata: sized(METADATA_BYTES_MAX + 1), slices: [] })).rejects.toMatchObject(
    { code },
  );
  expect(await disk.list(FOLDER)).toHaveLength(1);
});

it.each([-1, 0.5, 2 ** 53, Number.NaN])('takes no index %d', async (index) => {
  const snapshots = await open(new BrokenDisk());
  await expect(snapshots.save({ index, metadata: NO_METADATA, slices: [] })).rejects.toThrow('an index is');
});

it('replaces one of the same index, and lists by index whatever order they came in', async () => {
  const snapshots = await open(new BrokenDisk());
  for (const index of [2 ** 53 - 1, 0, 5, 5]) {
    await snapshots.save({ index, metadata: Buffer.from(`of ${index}`), slices: [] });
  }
  expect(await indexes(snapshots)).toEqual([2 ** 53 - 1, 5, 0]);
  expect(await snapshots.retain(1)).toEqual([0, 5]);
  expect(await snapshots.retain(1)).toEqual([]);
  for (const count of [0, -1, 0.5])
    await expect(snapshots.retain(count)).rejects.toThrow('at least one snapshot is kept');
});

it('saves several at a time', async () => {
  const snapshots = await open(new BrokenDisk());
  await Promise.all(
    [1, 2, 2].map((index) => snapshots.save({ index, metadata: NO_METADATA, slices: [Buffer.from('x')] })),
  );
  for (const index of [1, 2]) expect(await snapshots.verify(index)).toEqual({ index, slices: 1, bytes: 1 });
});

describe('a snapshot that is given up', () => {
  it('leaves nothing when its slices end in an error', async () => {
    const disk = new BrokenDisk();
    const snapshots = await open(disk);
    const slices = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one');
      throw new Error('the tree is gone');
    };
    const saving = snapshots.save({ index: 1, metadata: NO_METADATA, slices: slices() });
    await expect(saving).rejects.toThrow('the tree is gone');
    expect([await disk.list(FOLDER), disk.openFiles]).toEqual([[], 0]);
  });

  it('leaves nothing when it is aborted: before, between slices, and while they keep it waiting', async () => {
    const disk = new BrokenDisk();
    const snapshots = await open(disk);
    for (const abortAt of [0, 1, 2]) {
      const abort = new AbortController();
      let ended = false;
      const slices = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield Buffer.from('one');
          if (abortAt === 1) abort.abort(new Error('enough'));
          yield Buffer.from('two');
          queueMicrotask(() => {
            abort.abort(new Error('enough'));
          });
          await new Promise(() => undefined);
        } finally {
          ended = true;
        }
      };
      if (abortAt === 0) abort.abort(new Error('enough'));
      const saving = snapshots.save({ index: 1, metadata: NO_METADATA, slices: slices(), signal: abort.signal });
      await expect(saving).rejects.toThrow('enough');
      expect([await disk.list(FOLDER), disk.openFiles]).toEqual([[], 0]);
      // A source that never began has nothing to end; one that hangs cannot.
      if (abortAt === 1) expect(ended).toBe(true);
    }
  });

  it('is saved when the signal stays silent, and hangs on it no longer', async () => {
    const snapshots = await open(new BrokenDisk());
    const abort = new AbortController();
    await snapshots.save({ index: 1, metadata: NO_METADATA, slices: [Buffer.from('x')], signal: abort.signal });
    abort.abort();
    expect(await snapshots.verify(1)).toMatchObject({ slices: 1 });
  });
});

it('says what the disk refuses, whichever call fails, and leaves no unfinished file', async () => {
  const failedCalls = new Set<string>();
  for (let number = 0; number < 12; number += 1) {
    const disk = new BrokenDisk();
    const snapshots = await open(disk);
    let failed: DiskCall['call'] | undefined;
    let left = number;
    disk.before = ({ call }) => {
      left -= 1;
      if (left >= 0 || failed !== undefined) return;
      failed = call;
      throw systemError('ENOSPC');
    };
    const slices = [new Uint8Array(600_000), new Uint8Array(600_000), Buffer.from('x')];
    const saved = await snapshots.save({ index: 1, metadata: NO_METADATA, slices }).catch((error: unknown) => error);
    disk.before = () => undefined;
    if (failed === undefined) continue;
    expect(saved).toMatchObject({ code: 'STORAGE_DISK_FULL' });
    expect(disk.openFiles).toBe(0);
    failedCalls.add(failed);
    // Whole and named is whole, even where nobody knows whether the name will last.
    if (failed === 'syncFolder') expect(await snapshots.verify(1)).toMatchObject({ slices: 3 });
    else expect((await disk.list(FOLDER)).filter((name) => name.endsWith('.snap'))).toEqual([]);
    if (failed === 'open' || failed === 'write' || failed === 'sync') expect(await disk.list(FOLDER)).toEqual([]);
  }
  expect([...failedCalls].sort()).toEqual(['close', 'open', 'rename', 'sync', 'syncFolder', 'write']);
});

it('leaves the old one or the new one, whole, and every one that was saved, whenever the power fails', async () => {
  const coverage = { removed: 0, survived: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.nat(), async (diesAt, seed) => {
      let disk = new BrokenDisk();
      const first = await open(disk);
      const saved = new Set<number>();
      const died = Promise.withResolvers<undefined>();
      let calls = 0;
      disk.before = () => {
        calls += 1;
        if (calls < diesAt) return undefined;
        died.resolve(undefined);
        return new Promise(() => undefined);
      };
      const work = async (): Promise<void> => {
        for (const index of [1, 2, 3]) {
          const slices = [Buffer.alloc(700, index), Buffer.alloc(900)];
          await first.save({ index, metadata: Buffer.from(`of ${index}`), slices });
          saved.add(index);
        }
      };
      await Promise.race([work(), died.promise]);
      const rng = createSeededRng(seed);
      disk = disk.crash(() => rng.below(2) === 0);
      const { snapshots, removed } = await openSnapshots({ disk, folder: FOLDER });
      const found = await indexes(snapshots);
      for (const index of saved) expect(found).toContain(index);
      for (const index of found) expect(await snapshots.verify(index)).toEqual({ index, slices: 2, bytes: 1_600 });
      coverage.removed += removed.length;
      coverage.survived += found.length - saved.size;
      expect(await disk.list(FOLDER)).toHaveLength(found.length);
    }),
    { numRuns: 300 },
  );
  for (const count of Object.values(coverage)) expect(count).toBeGreaterThan(0);
});
