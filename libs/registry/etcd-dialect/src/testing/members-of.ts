import {
  LearnerNotReadyError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  type ClusterAdmin,
  type ClusterMember,
  type Header,
  type KvStore,
  type MemberList,
} from '@portolan/kv';

const SELF: ClusterMember = {
  id: 1n,
  name: 'default',
  peerAddresses: ['localhost:2380'],
  clientAddresses: ['localhost:8502'],
  etcdUrls: ['http://localhost:2379'],
  isLearner: false,
};

/** A cluster of one, beside members that are only told of: as `ClusterAdmin` promises, in memory. */
export function membersOf(store: KvStore): ClusterAdmin {
  let members: readonly ClusterMember[] = [SELF];
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
      const added = { id: nextId, name, peerAddresses, clientAddresses: [], etcdUrls: [], isLearner };
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
  };
}
