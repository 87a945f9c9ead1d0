import { nodeDisk } from '../node-disk.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openWal } from './open-wal.ts';
import type { WalBatch, WalRecord } from './record.ts';

const record = (type: number, text: string): WalRecord => ({ type, data: Buffer.from(text) });
const told = ({ segment, carried, records }: WalBatch): string =>
  `${segment}${carried ? ' carried' : ''}: ${records.map(({ type, data }) => `${type} ${Buffer.from(data).toString()}`).join(', ')}`;

it('finds again what was appended, on the real disk', async () => {
  await using temporary = await temporaryFolder();
  const options = { disk: nodeDisk, folder: `${temporary.path}/deep/wal`, segmentBytes: 8_192, carried: [2] };
  const first = await openWal({ ...options, replay: () => undefined });
  expect(first).toMatchObject({ cut: undefined, created: true, removed: [] });
  const sooner = first.wal.append([record(1, 'a'), record(2, 'vote')]);
  const later = first.wal.append([record(1, 'b')]);
  expect([await sooner, await later]).toEqual([1, 1]);
  expect(await first.wal.append([record(1, 'x'.repeat(8_000))])).toBe(2);
  expect(first.wal.counters).toMatchObject({ batches: 2, records: 4 });
  await first.wal[Symbol.asyncDispose]();
  const batches: string[] = [];
  const second = await openWal({ ...options, replay: (batch) => batches.push(told(batch)) });
  expect(second).toMatchObject({ cut: undefined, created: false });
  expect(batches).toEqual(['1 carried: ', '1: 1 a, 2 vote, 1 b', '2 carried: 2 vote', `2: 1 ${'x'.repeat(8_000)}`]);
  await second.wal.releaseBefore(2);
  expect(await nodeDisk.list(options.folder)).toContain('0000000000000002.wal');
  expect(await nodeDisk.list(options.folder)).not.toContain('0000000000000001.wal');
  await second.wal[Symbol.asyncDispose]();
});
