import { nodeDisk, type Disk } from '@portolan/storage';
import { Counter } from './testing/counter.ts';
import { startLoneMember } from './testing/lone-member.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const ONE = new Uint8Array([1]);

/** The real disk, and how often something but the zeros of a new segment was written. */
function countingDisk(): { readonly disk: Disk; writes: number } {
  const counting = {
    writes: 0,
    disk: {
      ...nodeDisk,
      open: async (path, mode) => {
        const file = await nodeDisk.open(path, mode);
        return {
          read: (position, length) => file.read(position, length),
          write: (position, chunks) => {
            if (chunks.some((chunk) => chunk.some((byte) => byte !== 0))) counting.writes += 1;
            return file.write(position, chunks);
          },
          syncData: () => file.syncData(),
          size: () => file.size(),
          close: () => file.close(),
        };
      },
    } satisfies Disk,
  };
  return counting;
}

it('writes once for what several callbacks of one turn of the event loop propose', async () => {
  const counting = countingDisk();
  await using folder = await temporaryFolder();
  await using member = await startLoneMember(folder.path, new Counter(), {
    disk: counting.disk,
    segmentBytes: 65_536,
    soon: setImmediate,
  });
  await member.propose(ONE);
  const before = counting.writes;
  const results: Promise<number>[] = [];
  // Callbacks of their own, each with its microtasks behind it, as those of several sockets are.
  await new Promise<void>((resolve) => {
    setImmediate(() => results.push(member.propose(ONE)));
    setImmediate(() => results.push(member.propose(ONE)));
    setImmediate(() => {
      results.push(member.propose(ONE));
      resolve();
    });
  });
  expect(await Promise.all(results)).toEqual([2, 3, 4]);
  expect(counting.writes - before).toBe(1);
});
