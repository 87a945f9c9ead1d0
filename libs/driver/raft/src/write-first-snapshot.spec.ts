import { mkdir } from 'node:fs/promises';
import { memberId } from '@portolan/raft';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { startRaft, type RaftMember } from './raft-member.ts';
import { Counter } from './testing/counter.ts';
import { Loopback } from './testing/loopback.ts';
import { startLoneMember } from './testing/lone-member.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { writeFirstSnapshot } from './write-first-snapshot.ts';

const IDS = [1n, 2n, 3n].map(memberId);
const STATE = '[40,7]';
const SEGMENT_BYTES = 16_384;

const lay = (folder: string, id: bigint, members = IDS): Promise<void> =>
  writeFirstSnapshot({
    disk: nodeDisk,
    folder,
    clusterId: 5n,
    memberId: memberId(id),
    members,
    index: 1_000,
    slices: [Buffer.from(STATE.slice(0, 2)), Buffer.from(STATE.slice(2))],
    segmentBytes: SEGMENT_BYTES,
  });

describe('the first snapshot of a new cluster', () => {
  it('is what its members begin with, and go on from', async () => {
    await using temporary = await temporaryFolder();
    await using members = new AsyncDisposableStack();
    const loopback = new Loopback();
    const machines = IDS.map(() => new Counter());
    const running: RaftMember<number>[] = [];
    for (const [index, id] of IDS.entries()) {
      const folder = `${temporary.path}/${id}`;
      await lay(folder, id);
      const member = await startRaft<number>({
        clusterId: 5n,
        memberId: id,
        start: { kind: 'bootstrap', members: IDS },
        disk: nodeDisk,
        folder,
        segmentBytes: SEGMENT_BYTES,
        machine: machines[index] ?? new Counter(),
        transport: loopback.transport,
        clock: systemClock,
        rng: systemRng,
        onFatal: (error) => {
          throw error;
        },
      });
      loopback.connect(id, members.use(member));
      running.push(member);
    }
    expect(await running[0]?.propose(new Uint8Array([2]))).toBe(42);
    await running[2]?.readBarrier();
    expect(machines[2]).toMatchObject({ sum: 42, commands: 8 });
    expect(running[1]?.status).toMatchObject({ snapshotIndex: 1_000, configuration: { voters: IDS } });
  }, 60_000);

  it('is that of one member alone, too, and is there after every restart', async () => {
    await using temporary = await temporaryFolder();
    await lay(temporary.path, 1n, IDS.slice(0, 1));
    for (const sum of [41, 42]) {
      await using member = await startLoneMember(temporary.path, new Counter(), { clusterId: 5n });
      expect(await member.propose(new Uint8Array([1]))).toBe(sum);
    }
  });

  it('takes nobody’s place', async () => {
    await using temporary = await temporaryFolder();
    await lay(`${temporary.path}/restored`, 1n);
    await (await startLoneMember(`${temporary.path}/begun`, new Counter()))[Symbol.asyncDispose]();
    for (const folder of ['restored', 'begun']) {
      await expect(lay(`${temporary.path}/${folder}`, 1n)).rejects.toMatchObject({ code: 'RAFT_FOLDER_TAKEN' });
    }
    await mkdir(`${temporary.path}/empty`);
    await lay(`${temporary.path}/empty`, 1n);
  });

  it('is refused by who starts on half of it', async () => {
    await using temporary = await temporaryFolder();
    await lay(temporary.path, 1n);
    await nodeDisk.rename(`${temporary.path}/wal`, `${temporary.path}/elsewhere`);
    await expect(startLoneMember(temporary.path, new Counter(), { clusterId: 5n })).rejects.toMatchObject({
      code: 'RAFT_LOG_INCOMPLETE',
    });
  });
});
