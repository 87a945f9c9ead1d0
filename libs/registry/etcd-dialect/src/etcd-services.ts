import { AuthService } from '@portolan/contracts/etcd/auth';
import { ClusterService } from '@portolan/contracts/etcd/cluster';
import { ElectionService } from '@portolan/contracts/etcd/election';
import { KVService } from '@portolan/contracts/etcd/kv';
import { LeaseService } from '@portolan/contracts/etcd/lease';
import { LockService } from '@portolan/contracts/etcd/lock';
import { MaintenanceService } from '@portolan/contracts/etcd/maintenance';
import { implement, type BoundService } from '@portolan/rpc';
import { authService } from './auth-service.ts';
import { requestLimit } from './calls.ts';
import { clusterService } from './cluster/cluster-service.ts';
import { maintenanceService } from './cluster/maintenance-service.ts';
import { electionService } from './concurrency/election-service.ts';
import { lockService } from './concurrency/lock-service.ts';
import type { DialectScope } from './dialect-scope.ts';
import { KvBytes } from './kv/kv-bytes.ts';
import { kvService } from './kv/kv-service.ts';
import { leaseService } from './lease/lease-service.ts';
import { WATCH_SERVICE } from './watch/events-answer.ts';
import { watchService } from './watch/watch-service.ts';

/** Every service of etcd's API. */
export function etcdServices(scope: DialectScope): readonly BoundService[] {
  const limit = requestLimit(scope);
  return [
    implement(KVService, kvService(scope, limit), new KvBytes(scope, limit).handlers),
    implement(WATCH_SERVICE, watchService(scope)),
    implement(LeaseService, leaseService(scope)),
    implement(ClusterService, clusterService(scope)),
    implement(MaintenanceService, maintenanceService(scope)),
    implement(AuthService, authService(scope)),
    implement(LockService, lockService(scope)),
    implement(ElectionService, electionService(scope)),
  ];
}
