import { memberId, type MemberId } from '@portolan/raft';
import type { MemberEvent, RaftMemberOptions } from '@portolan/raft-driver';
import { temporaryFolder } from '@portolan/raft-driver/testing';
import { nodeDisk, type Disk } from '@portolan/storage';
import { eventually } from './eventually.ts';
import { LargeState } from './large-state.ts';
import { PeerNode } from './peer-node.ts';

const MIB = 1_048_576;
/** A snapshot is taken after so many, and then no other: a leader that takes one meanwhile has to send that too. */
const ENTRIES = 20;
const [A, B, C] = [memberId(1n), memberId(2n), memberId(3n)];

/** What is tried here is sockets: 208 syncs of a busy disk would only take their time. */
const unsynced: Disk = {
  ...nodeDisk,
  open: async (path, mode) => {
    const file = await nodeDisk.open(path, mode === 'durable' ? 'read-write' : mode);
    return {
      read: (position, length) => file.read(position, length),
      write: (position, chunks) => file.write(position, chunks),
      syncData: async () => undefined,
      size: () => file.size(),
      close: () => file.close(),
    };
  },
};

export interface BroughtSnapshot {
  /** The learner stands on what the leader had. */
  readonly isSame: boolean;
  /** Of everything that went to the learner and came from it. */
  readonly sentMib: number;
  readonly refusals: readonly MemberEvent[];
  /** Who hears no heartbeat for an election timeout campaigns, and then it is another one, or in another term. */
  readonly leader: { readonly role: string; readonly terms: number };
}

/** An empty learner is brought a snapshot of so many MiB, over a connection that breaks after each third of it. */
export async function bringSnapshot(mib: number): Promise<BroughtSnapshot> {
  const patienceMs = 30_000 + mib * 1_000;
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const events: MemberEvent[] = [];
  const run = (node: PeerNode, start: RaftMemberOptions<number>['start'], machine: LargeState): Promise<unknown> =>
    node.run(machine, {
      ...{
        folder: `${folder.path}/${node.id}`,
        start,
        disk: unsynced,
        snapshots: { entries: ENTRIES, keepEntries: 2 },
      },
      onEvent: (event) => {
        events.push(event);
      },
    });
  const open = async (id: MemberId): Promise<PeerNode> => stack.use(await PeerNode.start({ id }));
  const [leader, follower, learner] = [await open(A), await open(B), await open(C)];
  for (const node of [leader, follower, learner]) {
    for (const other of [leader, follower, learner]) node.peers.learn(other.id, [other.proxy.address]);
  }
  await run(leader, { kind: 'bootstrap', members: [A] }, new LargeState(mib));
  await run(follower, { kind: 'join' }, new LargeState(0));
  const machine = new LargeState(0);
  await run(learner, { kind: 'join' }, machine);

  await eventually('a leader', () => leader.member.leadership.isEstablished);
  leader.member.change([{ kind: 'add-voter', member: B }]);
  await eventually('the second voter', () => {
    const { configuration } = leader.member.status;
    return configuration.voters.length === 2 && configuration.outgoing.length === 0;
  });
  for (let entry = 0; entry < ENTRIES; entry += 1) await leader.member.propose(new Uint8Array(8));
  await eventually('a snapshot to send', () => leader.member.status.firstIndex > 1, patienceMs);
  const { term } = leader.member.status;
  leader.member.change([{ kind: 'add-learner', member: C }]);
  const before = learner.proxy.bytes;
  for (const part of [mib / 3, (2 * mib) / 3]) {
    await eventually(`${Math.floor(part)} MiB`, () => learner.proxy.bytes - before > part * MIB, patienceMs);
    learner.proxy.cut();
  }
  await eventually('the learner has it', () => machine.restoredFrom !== undefined, patienceMs);
  await eventually('the learner goes on', () => learner.member.status.applied === leader.member.status.applied);
  const { role, term: now } = leader.member.status;
  return {
    isSame: machine.restoredFrom === new LargeState(mib).digest,
    sentMib: (learner.proxy.bytes - before) / MIB,
    refusals: events.filter(({ kind }) => kind === 'snapshot-not-sent'),
    leader: { role, terms: now - term },
  };
}
