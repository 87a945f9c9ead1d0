import { ClusterServiceService } from '@portolan/contracts/cluster';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { implement, type BoundService } from '@portolan/rpc';

/** This registry has no members: its store is on a cluster that is administered elsewhere. */
export class ClusterElsewhereError extends PortolanError {
  readonly code = 'REGISTRY_CLUSTER_ELSEWHERE';
  readonly kind: ErrorKind = 'unimplemented';

  constructor() {
    super('this registry keeps nothing itself: its store is on an etcd cluster, which has the members', {
      fix: 'administer that with its own tools, such as etcdctl; more or fewer registries are just started or stopped',
    });
  }
}

/** Says to whoever asks for the cluster that there is none here. */
export function clusterElsewhere(): BoundService {
  return implement(ClusterServiceService, {
    listMembers: refuseAdmin,
    addMember: refuseAdmin,
    promoteMember: refuseAdmin,
    removeMember: refuseAdmin,
    updateMember: refuseAdmin,
    transferLeadership: refuseAdmin,
    getMemberStatus: refuseAdmin,
  });
}

/** @throws ClusterElsewhereError */
export function refuseAdmin(): never {
  throw new ClusterElsewhereError();
}
