import { MemberServiceService } from '@portolan/contracts/cluster';
import type { Principal } from '@portolan/kernel';
import { leaseId, MalformedRequestError, type LeaseJudge } from '@portolan/kv';
import { encodeHeader } from '@portolan/kv/wire';
import { NoLeaderError, type MemberId } from '@portolan/raft';
import { createClient, implement, type BoundService, type RpcChannel } from '@portolan/rpc';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';
import { encodeIntroduction, type Introduction } from '../founding/introduction.ts';
import { serveKeepAlives } from '../judge/serve-judge.ts';
import type { Member } from '../open-member.ts';
import type { LeaderAdmin } from './leader-admin.ts';
import { encodeMember } from './wire.ts';

/** A process that is a member, and what it can do as one. */
export interface ServingMember {
  readonly member: Member;
  readonly leaderAdmin: LeaderAdmin;
}

export interface MemberServiceOptions {
  readonly introduction: () => Introduction;
  /** @throws NoMemberYetError */
  readonly serving: () => ServingMember;
  /** @throws ForbiddenError */
  readonly authorize: (principal: Principal, verb: 'read' | 'administer') => void;
  readonly channelTo: (id: MemberId) => RpcChannel | undefined;
}

/** Waiting for a leader, and a change of members. */
const JOIN_MS = 15_000;

/**
 * What members ask each other, on the peer port. Whoever is let in there may ask for an introduction; all else is for who may administer
 * the cluster, as members do.
 */
export function memberService({ introduction, serving, authorize, channelTo }: MemberServiceOptions): BoundService {
  const judgeFor = (asking: Principal): LeaseJudge => {
    authorize(asking, 'administer');
    return serving().member.store.leaseJudge;
  };
  return implement(MemberServiceService, {
    introduce: () => Promise.resolve(encodeIntroduction(introduction())),
    join: async (request, { signal, principal: asking }) => {
      authorize(asking, 'administer');
      if (request.nonce === 0n) throw new MalformedRequestError('the nonce is 0', 'draw one, and keep it');
      const { member, leaderAdmin } = serving();
      const { raft, membership } = member;
      if (raft.leadership.leader === undefined) await raft.readBarrier();
      const { leader } = raft.leadership;
      if (leader !== membership.memberId) {
        const channel = leader === undefined ? undefined : channelTo(leader);
        if (channel === undefined) throw new NoLeaderError();
        return createClient(MemberServiceService, channel).join(request, { principal, signal, timeoutMs: JOIN_MS });
      }
      const memberId = await leaderAdmin.join(request);
      const { clusterId, generation } = membership;
      const members = await leaderAdmin.members(false);
      return { clusterId, generation, memberId, members: members.map(encodeMember) };
    },
    keepLeasesAlive: (requests, { signal, draining, principal: asking }) =>
      serveKeepAlives(judgeFor(asking), requests, signal, draining),
    judgeLease: async ({ lease }, { signal, principal: asking }) => {
      const judge = judgeFor(asking);
      const { lease: found, ...header } = await judge.timeToLive({ principal, id: leaseId(lease) }, signal);
      const time = found && {
        grantedSeconds: BigInt(found.grantedSeconds),
        remainingSeconds: BigInt(found.remainingSeconds),
      };
      return { header: encodeHeader(header), time };
    },
  });
}
