import { assert, type Clock, type Rng } from '@portolan/kernel';
import { openEmbeddedStore, type Applied, type EmbeddedStore, type EmbeddedStoreOptions } from '@portolan/kv';
import { raftLog, type RaftWiring } from '@portolan/kv/raft';
import type { MemberId } from '@portolan/raft';
import {
  startRaft,
  type MemberEvent,
  type RaftMember,
  type RaftMemberOptions,
  type Transport,
} from '@portolan/raft-driver';
import { nodeDisk } from '@portolan/storage';
import type { DataFolder } from './folder/data-folder.ts';
import type { Membership } from './folder/member-file.ts';
import { Freshness } from './freshness.ts';
import { incarnationOf } from './incarnation-of.ts';

/**
 * Smaller than the log's default: a folder holds two of them from its first moment, and a machine may hold many registries. What a
 * catalog writes fills one in minutes, and a rotation costs one sync.
 */
export const SEGMENT_BYTES = 8 * 1_024 ** 2;

/** What of the core of a member others may ask. */
export type RaftHandle = Pick<
  RaftMember<Applied>,
  | 'status'
  | 'leadership'
  | 'change'
  | 'transferLeadership'
  | 'readBarrier'
  | 'receive'
  | 'receiveSnapshot'
  | 'reportUnreachable'
>;

export interface MemberOptions {
  readonly folder: Pick<DataFolder, 'path'>;
  readonly membership: Membership;
  readonly store: Omit<EmbeddedStoreOptions, 'clock' | 'rng' | 'incarnation'>;
  readonly transport: Transport;
  /** The newest format of commands that another member can apply, as it has told. */
  readonly formatOf: (id: MemberId) => number | undefined;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onEvent: (event: MemberEvent) => void;
  /** The member has stopped for good, and the process is to end: see `RaftMemberOptions`. */
  readonly onFatal: (error: unknown) => void;
}

/** A member of the cluster that runs. Disposing stops it. */
export interface Member extends AsyncDisposable {
  readonly membership: Membership;
  readonly store: EmbeddedStore;
  readonly raft: RaftHandle;
  readonly freshness: Freshness;
}

/**
 * Starts the member that a folder belongs to, with all that is in it.
 * @throws as `startRaft`: then it does not start
 */
export async function openMember(options: MemberOptions): Promise<Member> {
  const { membership, clock, rng } = options;
  const { clusterId, memberId } = membership;
  const started: RaftMember<Applied>[] = [];
  const store = await openEmbeddedStore({
    ...options.store,
    clock,
    rng,
    incarnation: incarnationOf(membership),
    openLog: raftLog({
      clusterId,
      memberId,
      formatOf: options.formatOf,
      start: async (wiring) => {
        const member = await startRaft(raftOptions(options, wiring));
        started.push(member);
        return member;
      },
    }),
  });
  const [raft] = started;
  assert(raft !== undefined, 'a store that is open has a log');
  const freshness = new Freshness({ clock, barrier: () => raft.readBarrier() });
  return {
    membership,
    store,
    raft,
    freshness,
    async [Symbol.asyncDispose]() {
      freshness[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function raftOptions(options: MemberOptions, wiring: RaftWiring): RaftMemberOptions<Applied> {
  const { folder, membership, transport, clock, rng, onEvent, onFatal } = options;
  const { clusterId, memberId, founders } = membership;
  return {
    clusterId,
    memberId,
    start: founders.length === 0 ? { kind: 'join' } : { kind: 'bootstrap', members: founders.map(({ id }) => id) },
    disk: nodeDisk,
    folder: folder.path,
    segmentBytes: SEGMENT_BYTES,
    machine: wiring.machine,
    transport,
    clock,
    rng,
    soon: setImmediate,
    onEvent: (event) => {
      wiring.onEvent(event);
      onEvent(event);
    },
    onFatal,
  };
}
