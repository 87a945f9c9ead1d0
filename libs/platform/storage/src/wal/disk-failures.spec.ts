import { BrokenDisk, systemError, type DiskCall } from '../testing/broken-disk.ts';
import { FOLDER, openTextLog, record, textsOf } from '../testing/text-log.ts';

const large = (letter: string): { type: number; data: Uint8Array } => record(letter.repeat(3_000));

/** Calls fail as long as this says so. */
function failing(disk: BrokenDisk, code: string, when: (call: DiskCall) => boolean): void {
  disk.before = (call) => {
    if (when(call)) throw systemError(code);
  };
}

describe.each(['write', 'sync'] as const)('a %s that fails', (call) => {
  it('ends the log: what was appended, what waited and what comes rejects with one error, and the disk is left alone', async () => {
    const disk = new BrokenDisk();
    const { wal } = await openTextLog(disk);
    await wal.append([record('good')]);
    failing(disk, 'EIO', (failed) => failed.call === call && failed.path.endsWith('.wal'));
    const writing = wal.append([record('bad')]);
    const errors: unknown[] = [];
    for (const append of [writing, writing.catch(() => wal.append([record('later')]))]) {
      await append.catch((error: unknown) => errors.push(error));
    }
    disk.before = () => undefined;
    const from = disk.calls.length;
    await wal.append([record('much later')]).catch((error: unknown) => errors.push(error));
    await wal.releaseBefore(9).catch((error: unknown) => errors.push(error));
    expect(errors[0]).toMatchObject({
      code: 'STORAGE_WAL_FAILED',
      cause: { code: 'STORAGE_DISK_FAILED', path: `${FOLDER}/0000000000000001.wal`, cause: { code: 'EIO' } },
    });
    expect(new Set(errors).size).toBe(1);
    expect(disk.calls.slice(from)).toEqual([]);
    await wal[Symbol.asyncDispose]();
    expect(disk.openFiles).toBe(0);
    expect(textsOf((await openTextLog(disk)).batches)[0]).toBe('good');
  });
});

describe('a disk without room for the next segment', () => {
  const fill = ({ call, path }: DiskCall): boolean => call === 'write' && path.endsWith('.new');

  it('refuses what needs one, and all that came after it, and takes it once there is room', async () => {
    const disk = new BrokenDisk();
    failing(disk, 'ENOSPC', ({ call, path }) => call === 'write' && path.endsWith('2.new'));
    const { wal } = await openTextLog(disk);
    await wal.append([large('a')]);
    failing(disk, 'ENOSPC', fill);
    const appends = [wal.append([large('b')])];
    const sameTurn: Promise<unknown>[] = [];
    // Called before the caller of the first has heard.
    void Promise.resolve().then(() => sameTurn.push(wal.append([record('small')])));
    const [refused] = await Promise.allSettled(appends);
    const [alsoRefused] = await Promise.allSettled(sameTurn);
    const error = {
      code: 'STORAGE_DISK_FULL',
      kind: 'exhausted',
      message: `no room to fill ${FOLDER}/3.new`,
      fix: 'free space on that disk or enlarge it, then try again',
      cause: { code: 'ENOSPC' },
    };
    expect([refused, alsoRefused]).toMatchObject([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect((await disk.list(FOLDER)).filter((name) => name.endsWith('.new'))).toEqual([]);
    // What fits into this segment is still taken.
    await turn();
    expect(await wal.append([record('fits')])).toBe(1);
    disk.before = () => undefined;
    expect(await wal.append([large('b')])).toBe(2);
    await wal[Symbol.asyncDispose]();
    expect(textsOf((await openTextLog(disk)).batches).map((text) => text.slice(0, 4))).toEqual([
      'aaaa',
      'fits',
      'bbbb',
    ]);
  });

  it('refuses what comes in the turn in which its caller hears', async () => {
    const disk = new BrokenDisk();
    const { wal } = await openTextLog(disk);
    failing(disk, 'ENOSPC', (call) => fill(call) && !/[12].new$/.test(call.path));
    await wal.append([large('a')]);
    await wal.append([large('b')]);
    const first = wal.append([large('c')]);
    const heard = first.catch(async () => wal.append([record('small')]));
    await expect(heard).rejects.toMatchObject({ code: 'STORAGE_DISK_FULL' });
    await turn();
    expect(await wal.append([record('small')])).toBe(2);
    await wal[Symbol.asyncDispose]();
  });

  it('is the end when something else than room was missing', async () => {
    const disk = new BrokenDisk();
    failing(disk, 'EIO', ({ call, path }) => call === 'sync' && path.endsWith('2.new'));
    const { wal } = await openTextLog(disk);
    await wal.append([large('a')]);
    await expect(wal.append([large('b')])).rejects.toMatchObject({
      code: 'STORAGE_WAL_FAILED',
      cause: { code: 'STORAGE_DISK_FAILED', path: `${FOLDER}/2.new` },
    });
    await wal[Symbol.asyncDispose]();
    expect(disk.openFiles).toBe(0);
  });
});

it.each(['rename', 'syncFolder', 'write', 'sync'] as const)(
  'ends the log when the %s of a new segment fails, and no room is no excuse by then',
  async (call) => {
    const disk = new BrokenDisk();
    const { wal } = await openTextLog(disk);
    await wal.append([large('a')]);
    failing(disk, 'ENOSPC', (failed) => failed.call === call && !failed.path.endsWith('3.new'));
    const append = wal.append([large('b')]);
    await expect(append).rejects.toMatchObject({ code: 'STORAGE_WAL_FAILED', cause: { code: 'STORAGE_DISK_FULL' } });
    await wal[Symbol.asyncDispose]();
    disk.before = () => undefined;
    expect(disk.openFiles).toBe(0);
    const { wal: again, batches } = await openTextLog(disk);
    expect(textsOf(batches)).toEqual(['a'.repeat(3_000)]);
    await again.append([large('c')]);
    await again[Symbol.asyncDispose]();
  },
);

it('goes on when an old segment cannot be removed, but not when its folder cannot be synced', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  for (const letter of 'abc') await wal.append([large(letter)]);
  failing(disk, 'EACCES', ({ call }) => call === 'remove');
  await expect(wal.releaseBefore(3)).rejects.toMatchObject({ code: 'STORAGE_DISK_DENIED' });
  await wal.append([record('d')]);
  failing(disk, 'EIO', ({ call }) => call === 'syncFolder');
  await expect(wal.releaseBefore(3)).rejects.toMatchObject({ code: 'STORAGE_WAL_FAILED' });
  await expect(wal.append([record('e')])).rejects.toMatchObject({ code: 'STORAGE_WAL_FAILED' });
  disk.before = () => undefined;
  await wal[Symbol.asyncDispose]();
  const { batches } = await openTextLog(disk);
  expect(batches.map((batch) => batch.slice(0, 4))).toEqual(['2 ca', '2: b', '3 ca', '3: c', '3: d']);
});

describe('opening', () => {
  it.each([
    ['EACCES', 'STORAGE_DISK_DENIED'],
    ['EROFS', 'STORAGE_DISK_DENIED'],
    ['EDQUOT', 'STORAGE_DISK_FULL'],
    ['ENOSPC', 'STORAGE_DISK_FULL'],
    ['EIO', 'STORAGE_DISK_FAILED'],
  ])('says %s as %s, whichever call fails, and leaves no file open', async (systemCode, code) => {
    const whole = new BrokenDisk();
    const { wal } = await openTextLog(whole);
    await wal.append([large('a')]);
    await wal.append([large('b')]);
    await wal[Symbol.asyncDispose]();
    const calls = new Set<string>();
    for (let number = 0; number < 100; number += 1) {
      for (const disk of [whole.copy(), new BrokenDisk()]) {
        let left = number;
        let failed: DiskCall | undefined;
        failing(disk, systemCode, (call) => {
          // What is prepared beside the log is nobody's concern while it opens.
          if (failed !== undefined || call.path.endsWith('.new')) return false;
          left -= 1;
          if (left >= 0) return false;
          failed = call;
          return true;
        });
        const opening = openTextLog(disk);
        const opened = await opening.catch((error: unknown) => ({ error }));
        disk.before = () => undefined;
        if ('wal' in opened) {
          await opened.wal[Symbol.asyncDispose]();
          continue;
        }
        expect(opened.error).toMatchObject({ code, cause: { code: systemCode } });
        expect([failed, disk.openFiles]).toEqual([failed, 0]);
        calls.add(failed?.call ?? '');
      }
    }
    expect([...calls].sort()).toEqual([
      'close',
      'list',
      'makeFolder',
      'open',
      'read',
      'rename',
      'size',
      'sync',
      'syncFolder',
      'write',
    ]);
  });
});

/** Until whatever is due in this turn of the loop is done. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
