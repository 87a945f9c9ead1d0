import { nodeDisk } from '../node-disk.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openWal } from './open-wal.ts';
import type { WalRecord } from './record.ts';
import type { Wal } from './wal.ts';

const RECORD: WalRecord = { type: 1, data: Buffer.alloc(100, 7) };
const RECORDS = Array.from({ length: 256 }, () => RECORD);

/** What is appended in one round; all of it is durable when it resolves. */
const ROUNDS = {
  'one append of 256 records': (wal) => wal.append(RECORDS),
  '256 appends of one record': (wal) => Promise.all(RECORDS.map((record) => wal.append([record]))),
  'one append of one record': (wal) => wal.append([RECORD]),
} satisfies Record<string, (wal: Wal) => Promise<unknown>>;

it.each(Object.entries(ROUNDS))('measures %s of 100 bytes a sync', async (name, round) => {
  await using temporary = await temporaryFolder();
  await using opened = new AsyncDisposableStack();
  const options = { disk: nodeDisk, folder: `${temporary.path}/wal`, carried: [2], replay: () => undefined };
  const wal = opened.use((await openWal(options)).wal);
  const start = performance.now();
  for (let rounds = 0; rounds < 5_000; rounds += 1) {
    await round(wal);
    await wal.releaseBefore(wal.segment);
  }
  const seconds = (performance.now() - start) / 1_000;
  const { batches, records, bytes } = wal.counters;
  const rates = [records / seconds, batches / seconds, bytes / seconds / 1e6].map((rate) => Math.round(rate));
  process.stdout.write(`${name}: ${rates[0]} records/s, ${rates[1]} syncs/s, ${rates[2]} MB/s\n`);
  expect(batches).toBe(5_000);
});
