import { ClusterServiceService, type FollowerStatus, type GetMemberStatusResponse } from '@portolan/contracts/cluster';
import type { Principal } from '@portolan/kernel';
import type { ClusterAdmin } from '@portolan/kv';
import { encodeHeader } from '@portolan/kv/wire';
import type { MemberId } from '@portolan/raft';
import { implement, type BoundService } from '@portolan/rpc';
import type { Member } from '../open-member.ts';
import { encodeMember, encodeMembers } from './wire.ts';

export interface ClusterServiceOptions {
  /** @throws NoMemberYetError */
  readonly serving: () => {
    readonly admin: ClusterAdmin;
    readonly member: Pick<Member, 'raft' | 'freshness' | 'membership'>;
  };
  /** @throws ForbiddenError */
  readonly authorize: (principal: Principal, verb: 'read' | 'administer') => void;
  readonly isConnected: (id: MemberId) => boolean;
}

/** Administration of the cluster on gRPC: on the native port for people, on the peer port for members that do not lead. */
export function clusterService(options: ClusterServiceOptions): BoundService {
  const { serving } = options;
  return implement(ClusterServiceService, {
    listMembers: async ({ serializable }, { principal, signal }) =>
      encodeMembers(await serving().admin.members({ principal, serializable }, signal)),
    addMember: async ({ name, peerAddresses, isLearner }, { principal, signal }) => {
      const asked = { principal, peerAddresses, isLearner, ...(name !== '' && { name }) };
      const { member, ...list } = await serving().admin.addMember(asked, signal);
      return { ...encodeMembers(list), member: encodeMember(member) };
    },
    promoteMember: async ({ id }, { principal, signal }) =>
      encodeMembers(await serving().admin.promoteMember({ principal, id }, signal)),
    removeMember: async ({ id }, { principal, signal }) =>
      encodeMembers(await serving().admin.removeMember({ principal, id }, signal)),
    updateMember: async ({ id, peerAddresses }, { principal, signal }) =>
      encodeMembers(await serving().admin.updateMember({ principal, id, peerAddresses }, signal)),
    transferLeadership: async ({ id }, { principal, signal }) => ({
      header: encodeHeader(await serving().admin.transferLeadership({ principal, id }, signal)),
    }),
    getMemberStatus: async (_request, { principal }) => {
      options.authorize(principal, 'read');
      return statusOf(options);
    },
  });
}

function statusOf({ serving, isConnected }: ClusterServiceOptions): GetMemberStatusResponse {
  const { raft, membership, freshness } = serving().member;
  const { leader, term, committed, applied, peers } = raft.status;
  return {
    clusterId: membership.clusterId,
    memberId: membership.memberId,
    leaderId: leader ?? 0n,
    term: BigInt(term),
    committedIndex: BigInt(committed),
    appliedIndex: BigInt(applied),
    ageMs: BigInt(Math.round(freshness.ageMs)),
    followers: [...peers].map(([id, { match }]): FollowerStatus => ({
      id,
      matchIndex: BigInt(match),
      isConnected: isConnected(id),
    })),
  };
}
