import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { firstConfiguration, memberId, type MemberId, type Message } from '@portolan/raft';
import { startRaft, type RaftMember } from '@portolan/raft-driver';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk, type Disk } from '@portolan/storage';
import { VirtualDisk } from '@portolan/virtual-world';
import { createSeededRng } from '@portolan/kernel';
import type { Side } from '../measurement.ts';
import { CountingMachine } from './counting-machine.ts';
import { counted } from './counted-disk.ts';

/** A small command, as a heartbeat or a key of the catalog is. */
const COMMAND = new Uint8Array(128).fill(7);
const WARM_UP_ENTRIES = 20_000;
const LEADER_WITHIN_MS = 10_000;

export interface Cluster extends AsyncDisposable {
  readonly leader: RaftMember<number>;
  readonly syncs: () => number;
}

/** One member, its log on the real disk below `parent`. */
export async function oneOnDisk(parent: string): Promise<Cluster> {
  const folder = await mkdtemp(join(parent, 'raft-'));
  const drive = counted(nodeDisk);
  const members = await start(1, () => drive.disk, folder);
  return {
    leader: await leaderOf(members),
    syncs: () => drive.syncs,
    [Symbol.asyncDispose]: async () => {
      for (const member of members) await member[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Three members in this process, messages passed by hand, disks in memory: what core, driver and log cost when nothing else does. */
export async function threeInMemory(): Promise<Cluster> {
  const disks = new Map<MemberId, Disk>();
  const diskOf = (id: MemberId): Disk => {
    const disk = disks.get(id) ?? new VirtualDisk({ rng: createSeededRng(Number(id)) });
    disks.set(id, disk);
    return disk;
  };
  const members = await start(3, diskOf, '/portolan');
  return {
    leader: await leaderOf(members),
    syncs: () => 0,
    [Symbol.asyncDispose]: async () => {
      for (const member of members) await member[Symbol.asyncDispose]();
    },
  };
}

async function start(
  count: number,
  diskOf: (id: MemberId) => Disk,
  folder: string,
): Promise<readonly RaftMember<number>[]> {
  const ids = firstConfiguration(Array.from({ length: count }, (_, index) => memberId(BigInt(index + 1)))).voters;
  const members = new Map<MemberId, RaftMember<number>>();
  const send = (messages: readonly Message[]): void => {
    for (const message of messages) {
      queueMicrotask(() => {
        members.get(message.to)?.receive(message);
      });
    }
  };
  for (const id of ids) {
    const member = await startRaft<number>({
      clusterId: 1n,
      memberId: id,
      start: { kind: 'bootstrap', members: ids },
      disk: diskOf(id),
      folder,
      machine: new CountingMachine(),
      transport: { send, sendSnapshot: () => Promise.reject(new Error('no member of this bench falls behind')) },
      clock: systemClock,
      rng: systemRng,
      onFatal: (error) => {
        throw error;
      },
    });
    members.set(id, member);
  }
  return [...members.values()];
}

/** Resolves with who leads of them, once it is established. */
export async function leaderOf(members: readonly RaftMember<number>[]): Promise<RaftMember<number>> {
  const until = performance.now() + LEADER_WITHIN_MS;
  for (;;) {
    const leader = members.find(({ leadership }) => leadership.isEstablished);
    if (leader !== undefined) return leader;
    if (performance.now() > until) throw new Error(`nobody leads after ${LEADER_WITHIN_MS} ms`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Entries a second with so many in flight, each proposed when one before it is applied. */
export function side(name: string, inFlight: number, seconds: number, open: () => Promise<Cluster>): Side {
  return {
    name,
    round: async () => {
      await using cluster = await open();
      await propose(cluster.leader, inFlight, () => WARM_UP_ENTRIES);
      const [startedAt, cpuBefore, syncsBefore] = [performance.now(), process.cpuUsage(), cluster.syncs()];
      const until = startedAt + seconds * 1_000;
      const entries = await propose(cluster.leader, inFlight, (done) =>
        performance.now() < until ? done + inFlight : done,
      );
      const elapsedMs = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(cpuBefore);
      return {
        entriesPerSecond: (entries / elapsedMs) * 1_000,
        cpuMicros: (user + system) / entries,
        syncsPerEntry: (cluster.syncs() - syncsBefore) / entries,
      };
    },
  };
}

/** @param goal how many entries there are to be, asked again whenever one is done */
export async function propose(
  leader: RaftMember<number>,
  inFlight: number,
  goal: (done: number) => number,
): Promise<number> {
  let done = 0;
  const worker = async (): Promise<void> => {
    while (done < goal(done)) {
      await leader.propose(COMMAND);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return done;
}
