import { BrokenDisk, systemError } from '../testing/broken-disk.ts';
import { carried, FOLDER, openTextLog, record } from '../testing/text-log.ts';
import { openWal } from './open-wal.ts';
import { segmentName } from './segment-format.ts';

/** A record that fits into a segment of 4,096 bytes once, besides little else. */
const large = (letter: string): { type: number; data: Uint8Array } => record(letter.repeat(3_000));
const names = (disk: BrokenDisk): Promise<readonly string[]> => disk.list(FOLDER);

it('begins each segment with the newest of what is carried', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk, { carried: [9, 8] });
  expect(await wal.append([carried('vote 1'), record('old', 8), large('a')])).toBe(1);
  expect(await wal.append([carried('vote 2')])).toBe(1);
  expect(await wal.append([large('b'), carried('vote 3')])).toBe(2);
  expect(await wal.append([large('c')])).toBe(3);
  expect(wal.segment).toBe(3);
  await wal.releaseBefore(3);
  await wal[Symbol.asyncDispose]();
  const again = await openTextLog(disk, { carried: [9, 8] });
  expect(again.batches).toEqual(['3 carried: 8 old, 9 vote 3', `3: ${'c'.repeat(3_000)}`]);
  expect(await again.wal.append([large('d')])).toBe(4);
  await again.wal[Symbol.asyncDispose]();
  expect((await openTextLog(disk)).batches).toContain('4 carried: 8 old, 9 vote 3');
});

it('says nothing of a record that is not durable yet in what a segment begins with', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([carried('old'), large('a')]);
  await wal.append([carried('new'), large('b')]);
  await wal[Symbol.asyncDispose]();
  expect((await openTextLog(disk)).batches.map((batch) => batch.slice(0, 16))).toEqual([
    '1 carried: ',
    '1: 9 old, aaaaaa',
    '2 carried: 9 old',
    '2: 9 new, bbbbbb',
  ]);
});

it('makes the next segment beside what it writes, and has only to name it', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([large('a')]);
  expect(await names(disk)).toEqual([segmentName(1), '2.new']);
  const made = disk.calls.filter(({ path }) => path.endsWith('2.new')).map(({ call }) => call);
  expect(made).toEqual(['open', 'write', 'sync', 'close', 'open']);
  const from = disk.calls.length;
  await wal.append([large('b')]);
  const [begin, batch] = [
    ['write', 'sync', 'rename', 'syncFolder', 'close'],
    ['write', 'sync'],
  ];
  const others = disk.calls.slice(from).filter(({ path }) => !path.endsWith('3.new'));
  expect(others.map(({ call }) => call)).toEqual([...begin, ...batch]);
  await wal[Symbol.asyncDispose]();
  expect(disk.openFiles).toBe(0);
});

it('makes a segment as large as an append needs, and goes on with the usual size', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  const huge = record('h'.repeat(50_000));
  expect(await wal.append([record('a')])).toBe(1);
  expect(await wal.append([huge])).toBe(2);
  expect(await wal.append([large('b')])).toBe(3);
  expect(await wal.append([huge])).toBe(4);
  const sizes = [1, 2, 3, 4].map((sequence) => disk.contents(`${FOLDER}/${segmentName(sequence)}`).length);
  expect(sizes).toEqual([4_096, 50_176, 4_096, 50_176]);
  await wal[Symbol.asyncDispose]();
  const { batches, wal: again } = await openTextLog(disk);
  expect(batches.map((batch) => batch.length)).toEqual([11, 4, 11, 50_003, 11, 3_003, 11, 50_003]);
  await again[Symbol.asyncDispose]();
});

it('fills a segment to its last byte, and goes on in the next one after a restart', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  // 64 of the segment's header, 32 of what it carries, 32 and 4 of the batch.
  await wal.append([record('x'.repeat(4_096 - 64 - 32 - 32 - 4))]);
  await wal[Symbol.asyncDispose]();
  const { wal: again, batches, cut } = await openTextLog(disk);
  expect([batches.length, cut]).toEqual([2, undefined]);
  expect(await again.append([record('y')])).toBe(2);
  await again[Symbol.asyncDispose]();
});

it('removes old segments one by one, oldest first, and never the one it writes', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  for (const letter of 'abcd') await wal.append([large(letter)]);
  const from = disk.calls.length;
  await Promise.all([wal.releaseBefore(2), wal.releaseBefore(1), wal.releaseBefore(3)]);
  const calls = disk.calls.slice(from).filter(({ call }) => call === 'remove' || call === 'syncFolder');
  expect(calls.map(({ call, path }) => `${call} ${path}`)).toEqual([
    `remove ${FOLDER}/${segmentName(1)}`,
    `syncFolder ${FOLDER}`,
    `remove ${FOLDER}/${segmentName(2)}`,
    `syncFolder ${FOLDER}`,
  ]);
  await wal.releaseBefore(99);
  await wal.append([record('e')]);
  await wal[Symbol.asyncDispose]();
  expect((await names(disk)).filter((name) => name.endsWith('.wal'))).toEqual([segmentName(4)]);
});

it('removes what a crash left unfinished, and says so', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record('a')]);
  await wal[Symbol.asyncDispose]();
  disk.put(`${FOLDER}/77.new`, new Uint8Array(100));
  const { wal: again, removed, batches } = await openTextLog(disk);
  expect(removed).toContain(`${FOLDER}/77.new`);
  expect(batches).toEqual(['1 carried: ', '1: a']);
  await again[Symbol.asyncDispose]();
});

it('makes the folder and those above it durable, again when it died before they were', async () => {
  const disk = new BrokenDisk();
  disk.before = ({ call }) => {
    if (call === 'syncFolder') throw systemError('EIO');
  };
  await expect(openTextLog(disk, { folder: '/var/portolan/wal' })).rejects.toMatchObject({
    code: 'STORAGE_DISK_FAILED',
  });
  disk.before = () => undefined;
  const from = disk.calls.length;
  const { wal } = await openTextLog(disk, { folder: '/var/portolan/wal' });
  const calls = disk.calls.slice(from).filter(({ call }) => call === 'syncFolder' || call === 'rename');
  expect(calls.map(({ call, path }) => `${call} ${path}`).slice(0, 4)).toEqual([
    'syncFolder /var/portolan',
    'syncFolder /var',
    'syncFolder /',
    'syncFolder /var/portolan/wal',
  ]);
  await wal[Symbol.asyncDispose]();
});

it('is content with folders above its own that it may not read', async () => {
  const disk = new BrokenDisk();
  disk.before = ({ call, path }) => {
    if (call === 'syncFolder' && path === '/var') throw systemError('EACCES');
  };
  const { wal } = await openTextLog(disk, { folder: '/var/portolan/wal' });
  expect(await wal.append([record('a')])).toBe(1);
  await wal[Symbol.asyncDispose]();
});

it('does not open, and changes nothing, when replaying throws', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record('a')]);
  await wal[Symbol.asyncDispose]();
  const from = disk.calls.length;
  const replay = (): void => {
    throw new Error('an entry from the future');
  };
  await expect(openWal({ disk, folder: FOLDER, carried: [], replay })).rejects.toThrow('an entry from the future');
  const changes = disk.calls
    .slice(from)
    .filter(({ call }) => !['list', 'open', 'size', 'read', 'close'].includes(call));
  expect(changes).toEqual([]);
  expect(disk.openFiles).toBe(0);
});

it('writes the last batch again before it relies on it: it may have been read from memory alone', async () => {
  const disk = new BrokenDisk();
  const { wal } = await openTextLog(disk);
  await wal.append([record('a')]);
  disk.before = ({ call }) => {
    if (call === 'sync') throw systemError('EIO');
  };
  await expect(wal.append([record('b')])).rejects.toMatchObject({ code: 'STORAGE_WAL_FAILED' });
  // Without a power cut the system still shows what it could not write.
  const shown = disk.kill();
  expect((await openTextLog(disk.crash(() => false))).batches).toEqual(['1 carried: ', '1: a']);
  const { wal: again, batches } = await openTextLog(shown);
  expect(batches).toEqual(['1 carried: ', '1: a', '1: b']);
  await again[Symbol.asyncDispose]();
  expect((await openTextLog(shown.crash(() => false))).batches).toEqual(batches);
});

it('makes the name of the last segment durable before it relies on it', async () => {
  const disk = new BrokenDisk();
  const died = Promise.withResolvers<undefined>();
  disk.before = ({ call, path }) => {
    if (call !== 'syncFolder' || path !== FOLDER || !disk.calls.some(({ call: before }) => before === 'rename')) return;
    died.resolve(undefined);
    return new Promise(() => undefined);
  };
  void openTextLog(disk);
  await died.promise;
  const shown = disk.kill();
  const { wal } = await openTextLog(shown);
  await wal.append([record('a')]);
  expect((await openTextLog(shown.crash(() => false))).batches).toEqual(['1 carried: ', '1: a']);
});
