import { createIncarnation, openEmbeddedStore, type EmbeddedStore } from '@portolan/kv';
import { raftLog } from '@portolan/kv/raft';
import { startRaft } from '@portolan/raft-driver';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { authorizeBy, endProcess, type Opening } from './opening.ts';

const NEVER = { entries: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** The store of a member that is alone and takes no snapshots: for what its event loop does without them. */
export async function openWithoutSnapshots({ folder, access }: Opening): Promise<EmbeddedStore> {
  const { path, membership } = folder;
  if (membership === undefined) throw new Error(`${path} belongs to no member yet: open it as usual first`);
  const { clusterId, memberId } = membership;
  return openEmbeddedStore({
    clock,
    rng,
    incarnation: createIncarnation(rng),
    authorize: authorizeBy(access),
    openLog: raftLog({
      clusterId,
      memberId,
      start: ({ machine, onEvent }) =>
        startRaft({
          clusterId,
          memberId,
          start: { kind: 'bootstrap', members: [memberId] },
          disk: nodeDisk,
          folder: path,
          machine,
          transport: {
            send: () => undefined,
            sendSnapshot: () => Promise.reject(new Error('there is nobody else')),
          },
          clock,
          rng,
          soon: setImmediate,
          snapshots: NEVER,
          onEvent,
          onFatal: endProcess,
        }),
    }),
  });
}
