import type { ClusterService } from '@portolan/contracts/etcd/cluster';
import type { ClusterMember, MemberList } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { askLeader } from '../ask-leader.ts';
import { unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt } from '../etcd-header.ts';
import { addressesOf, encodeMember } from './member-urls.ts';
import { requireCluster } from './require-admin.ts';

/** The members. As in etcd, who is added as a learner stays one until it is promoted; others are promoted when they have caught up. */
export function clusterService(scope: DialectScope): Implementation<typeof ClusterService> {
  const { administrator: principal, store, isSecure } = scope;
  const encoded = (member: ClusterMember) => encodeMember(member, isSecure);
  const answer = async ({ members, revision }: MemberList) => ({
    header: await headerAt(store, revision),
    members: members.map(encoded),
  });
  return {
    memberList: unary(scope, async ({ linearizable }, signal) =>
      answer(await requireCluster(scope).members({ principal, serializable: !linearizable }, signal)),
    ),
    memberAdd: unary(scope, async ({ peerURLs, isLearner }, signal) => {
      const peerAddresses = addressesOf(peerURLs);
      const { leaderId } = await store.status(signal);
      // As etcd, which does not wait until there is one.
      if (leaderId === undefined) throw new EtcdError('unhealthy');
      const added = await requireCluster(scope).addMember(
        { principal, peerAddresses, ...(!isLearner && { isLearner: false }) },
        signal,
      );
      return { ...(await answer(added)), member: encoded(added.member) };
    }),
    memberRemove: unary(scope, async ({ ID: id }, signal) =>
      answer(await requireCluster(scope).removeMember({ principal, id }, signal)),
    ),
    memberUpdate: unary(scope, async ({ ID: id, peerURLs }, signal) =>
      answer(await requireCluster(scope).updateMember({ principal, id, peerAddresses: addressesOf(peerURLs) }, signal)),
    ),
    memberPromote: unary(scope, async ({ ID: id }, signal) =>
      answer(await askLeader(requireCluster(scope).promoteMember({ principal, id }, signal))),
    ),
  };
}
