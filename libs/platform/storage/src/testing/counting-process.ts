import { writeSync } from 'node:fs';
import { assert } from '@portolan/kernel';
import { nodeDisk } from '../node-disk.ts';
import { openWal } from '../wal/open-wal.ts';

/**
 * A process that is made to be killed: it checks that its log holds numbers one after the other, says how many, and appends the
 * next ones. It says each that is durable. `node counting-process.ts <folder>`
 */
const [, , folder = ''] = process.argv;
const NUMBER = 1;
const COUNT = 2;
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
/** Sizes vary, so that batches end everywhere in a sector. */
const record = (type: number, number: number): { type: number; data: Uint8Array } => {
  const data = Buffer.alloc(4 + (type === NUMBER ? (number * 37) % 900 : 0), number % 256);
  data.writeUInt32LE(number);
  return { type, data };
};

let next: number | undefined;
let counted = 0;
const { wal } = await openWal({
  disk: nodeDisk,
  folder,
  segmentBytes: 64 * 1024,
  carried: [COUNT],
  replay: ({ records }) => {
    for (const { type, data } of records) {
      const number = Buffer.from(data).readUInt32LE();
      assert(Buffer.compare(data, record(type, number).data) === 0, `record ${number} is not what was appended`);
      if (type === COUNT) counted = number;
      else {
        assert(next === undefined || next === number, `${number} follows ${String(next)}`);
        next = number + 1;
      }
    }
  },
});
let count = next ?? 0;
assert(counted === count, `${counted} numbers were counted, and ${count} found`);
say(`found ${count}`);
for (;;) {
  const appends = Array.from({ length: 1 + (count % 7) }, (_, index) => {
    const number = count + index;
    return wal.append([record(NUMBER, number), record(COUNT, number + 1)]).then(() => {
      say(`durable ${number}`);
    });
  });
  count += appends.length;
  await Promise.all(appends);
  if (count % 50 < 7) await wal.releaseBefore(wal.segment - 2);
}
