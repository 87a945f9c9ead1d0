import type { MaintenanceService, SnapshotResponse, StatusResponse } from '@portolan/contracts/etcd/maintenance';
import { MemberNotFoundError } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { streaming, unary } from '../calls.ts';
import { DIALECT, type DialectScope } from '../dialect-scope.ts';
import { EtcdError, EtcdUnsupportedError } from '../etcd-error.ts';
import { headerAt, headerOf } from '../etcd-header.ts';
import { ETCD_VERSION } from '../etcd-version.ts';
import { clampedRevision } from '../int64.ts';
import { answerAlarm, encodeAlarm, visibleAlarms } from './alarms.ts';
import { requireCluster, requireState } from './require-admin.ts';
import { sealedSnapshot } from './sealed-snapshot.ts';

/** So long as nothing was compacted, etcd says this. */
const NEVER_COMPACTED = -1n;

export function maintenanceService(scope: DialectScope): Implementation<typeof MaintenanceService> {
  const { administrator: principal, store } = scope;
  return {
    alarm: unary(scope, (request, signal) => answerAlarm(scope, request, signal)),
    status: unary(scope, (_request, signal) => status(scope, signal)),
    // There are no free pages to give back: the state is in memory.
    defragment: unary(scope, async (_request, signal) => ({ header: headerOf(await store.status(signal)) })),
    hash: unary(scope, async (_request, signal) => {
      const { hash, revision } = await requireState(scope).hashKeyspace({ principal, keyspace: 'user' }, signal);
      return { header: await headerAt(store, revision), hash };
    }),
    hashKv: unary(scope, async ({ revision }, signal) => {
      const at = revision > 0n ? { revision: clampedRevision(revision) } : {};
      const hashed = await requireState(scope).hashKeyspace({ principal, keyspace: 'user', ...at }, signal);
      return {
        header: await headerAt(store, hashed.revision),
        hash: hashed.hash,
        compactRevision: hashed.oldest <= 1 ? NEVER_COMPACTED : BigInt(hashed.oldest),
        hashRevision: BigInt(hashed.hashRevision),
      };
    }),
    snapshot: (_request, call) => streaming(scope, call, (signal) => snapshot(scope, signal)),
    moveLeader: unary(scope, async ({ targetID: id }, signal) => {
      const { leaderId, memberId } = await store.status(signal);
      if (leaderId !== memberId) throw new EtcdError('notLeader');
      try {
        const { revision } = await requireCluster(scope).transferLeadership({ principal, id }, signal);
        return { header: await headerAt(store, revision) };
      } catch (error) {
        throw error instanceof MemberNotFoundError ? new EtcdError('badTransferee', error) : error;
      }
    }),
    downgrade: unary(scope, () => {
      throw new EtcdUnsupportedError(
        'Portolan is not downgraded by its clients',
        'start the members with the older version, one after the other',
      );
    }),
  };
}

async function status({ store, cluster, state }: DialectScope, signal: AbortSignal): Promise<StatusResponse> {
  // As in etcd, whoever may speak to it may know how it is.
  const principal = DIALECT;
  const now = await store.status(signal);
  const bytes = BigInt(now.keyspaces.user.bytes);
  // A store does not tell the index of its log: the revision grows with it.
  const index = BigInt(now.revision);
  const members = await cluster?.members({ principal, serializable: true }, signal);
  // Those are asked of the leader, and a member without one must still answer.
  const hasAlarms = state !== undefined && now.leaderId !== undefined;
  const alarms = hasAlarms ? visibleAlarms(await state.alarms({ principal }, signal)) : [];
  return {
    header: headerOf(now),
    version: ETCD_VERSION,
    dbSize: bytes,
    leader: now.leaderId ?? 0n,
    raftIndex: index,
    raftTerm: BigInt(now.term),
    raftAppliedIndex: index,
    errors: [
      ...(now.leaderId === undefined ? [new EtcdError('noLeader').message] : []),
      ...alarms.map(encodeAlarm).map(({ memberID, alarm }) => `memberID:${memberID} alarm:${ALARM_NAMES[alarm]} `),
    ],
    dbSizeInUse: bytes,
    isLearner: members?.members.find(({ id }) => id === now.memberId)?.isLearner ?? false,
    storageVersion: ETCD_VERSION,
    dbSizeQuota: 0n,
    downgradeInfo: { enabled: false, targetVersion: '' },
  };
}

const ALARM_NAMES = ['NONE', 'NOSPACE', 'CORRUPT'] as const;

async function* snapshot(scope: DialectScope, signal: AbortSignal): AsyncGenerator<SnapshotResponse, void, undefined> {
  const { store, administrator: principal } = scope;
  const header = headerOf(await store.status(signal));
  for await (const blob of sealedSnapshot(requireState(scope).backup({ principal }, signal))) {
    yield { header, remainingBytes: 0n, blob, version: ETCD_VERSION };
  }
}
