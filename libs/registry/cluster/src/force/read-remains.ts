import { setImmediate as turn } from 'node:timers/promises';
import { assert, epochMillis, millis, type Clock, type Rng } from '@portolan/kernel';
import type { Applied } from '@portolan/kv';
import { ReplayedState } from '@portolan/kv/backup';
import { logIndex, type Configuration } from '@portolan/raft';
import { startRaft, type RaftMember, type SnapshotPolicy } from '@portolan/raft-driver';
import { nodeDisk } from '@portolan/storage';
import type { DataFolder } from '../folder/data-folder.ts';
import type { Membership } from '../folder/member-file.ts';

/** All that a member has of a cluster that goes on no more. */
export interface Remains {
  readonly membership: Membership;
  /** The newest that the member has heard of. */
  readonly term: number;
  /** The last entry of its log that it knows to be committed. */
  readonly committed: number;
  /** The last entry of its log; it may be committed too, though this member was not told. */
  readonly last: number;
  readonly configuration: Configuration;
  /** With every entry of the log. */
  readonly state: ReplayedState;
}

/** It is read as a start of the member would, so damage is refused as there; it speaks to nobody, and asks for no votes. */
const STILL: Clock = { now: () => millis(0), epoch: () => epochMillis(0), after: () => ({ cancel: () => undefined }) };
const NOBODY = {
  send: () => undefined,
  sendSnapshot: () => Promise.reject(new Error('nobody is asked')),
};
const NO_SNAPSHOTS: Partial<SnapshotPolicy> = { entries: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/**
 * Reads a folder whose member does not run. Its log says afterwards that it was started once more, and nothing else.
 *
 * Entries beyond what the member knows to be committed are taken too (as Consul's recovery does, and etcd's does not): who leads tells the
 * others late what it has acknowledged, so most of them were. One that was not is a write whose client was told that nobody knows.
 * @throws as `startRaft`
 */
export async function readRemains(folder: DataFolder, membership: Membership, rng: Rng): Promise<Remains> {
  const state = new ReplayedState();
  const { clusterId, memberId, founders } = membership;
  const failed = Promise.withResolvers<never>();
  // Told to whoever waits for it, and there may be nothing to wait for.
  failed.promise.catch(() => undefined);
  await using member = await startRaft({
    clusterId,
    memberId,
    start: { kind: 'bootstrap', members: founders.map(({ id }) => id) },
    disk: nodeDisk,
    folder: folder.path,
    machine: state,
    transport: NOBODY,
    clock: STILL,
    rng,
    snapshots: NO_SNAPSHOTS,
    onFatal: failed.reject,
  });
  while (member.status.applied < member.status.committed) await Promise.race([turn(), failed.promise]);
  const { term, committed, lastIndex: last, configuration } = member.status;
  applyRest(member, state);
  return { membership, term, committed, last, configuration, state };
}

function applyRest(member: RaftMember<Applied>, state: ReplayedState): void {
  const { applied, lastIndex } = member.status;
  for (let index = applied + 1; index <= lastIndex; index += 1) {
    const entry = member.entryAt(logIndex(index));
    assert(entry !== undefined, 'what is not applied yet is in memory');
    if (entry.kind === 'command') state.apply({ index, term: entry.term, data: entry.data });
  }
}
