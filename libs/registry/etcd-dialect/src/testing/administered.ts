import {
  LearnerNotReadyError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  type ClusterMember,
  type EmbeddedStore,
  type Header,
  type KvAdmin,
  type MemberList,
} from '@portolan/kv';

const SELF: ClusterMember = {
  id: 1n,
  name: 'default',
  peerAddresses: ['localhost:2380'],
  clientAddresses: ['localhost:2379'],
  isLearner: false,
};

/** The administration of a store in this process, and beside it members that are only told of. */
export function administered(store: EmbeddedStore): KvAdmin {
  let members: readonly ClusterMember[] = [SELF];
  const { admin } = store;
  let nextId = 2n;
  const header = async (): Promise<Header> => store.status();
  const list = async (): Promise<MemberList> => ({ ...(await header()), members });
  const member = (id: bigint): ClusterMember => {
    const found = members.find((one) => one.id === id);
    if (found === undefined) throw new MemberNotFoundError(id);
    return found;
  };
  return {
    members: list,
    addMember: async ({ name = '', peerAddresses, isLearner = true }) => {
      const same = members.find((one) => one.peerAddresses.some((address) => peerAddresses.includes(address)));
      if (same !== undefined) throw new MemberExistsError('peer address', peerAddresses.join(), same.id);
      const added = { id: nextId, name, peerAddresses, clientAddresses: [], isLearner };
      nextId += 1n;
      members = [...members, added];
      return { ...(await list()), member: added };
    },
    promoteMember: ({ id }) => {
      if (!member(id).isLearner) throw new NotALearnerError(id);
      throw new LearnerNotReadyError(id);
    },
    removeMember: ({ id }) => {
      member(id);
      members = members.filter((one) => one.id !== id);
      return list();
    },
    updateMember: ({ id, peerAddresses }) => {
      const updated = { ...member(id), peerAddresses };
      members = members.map((one) => (one.id === id ? updated : one));
      return list();
    },
    transferLeadership: ({ id }) => {
      member(id);
      return header();
    },
    alarms: (request, signal) => admin.alarms(request, signal),
    raiseAlarm: (request, signal) => admin.raiseAlarm(request, signal),
    disarmAlarm: (request, signal) => admin.disarmAlarm(request, signal),
    hashKeyspace: (request, signal) => admin.hashKeyspace(request, signal),
    backup: (request, signal) => admin.backup(request, signal),
  };
}
