import type { Metadata } from '@grpc/grpc-js';
import type { RequestOp } from '@portolan/contracts/etcd/kv';
import { outcomeOf, type EtcdClients } from './etcd-clients.ts';
import { ALL, PUT } from './refusals.ts';

type Call = (clients: EtcdClients, metadata: Metadata) => Promise<unknown>;

/** Of a lease that is there. */
export const LEASE = 9n;
const ID = 12_345n;
const LINE = { name: Buffer.from('line'), lease: LEASE };

const CALLS: readonly (readonly [name: string, call: Call])[] = [
  ['range', ({ kv }, metadata) => outcomeOf(kv, kv.range.bind(kv), ALL, metadata)],
  [
    'serializable range',
    ({ kv }, metadata) => outcomeOf(kv, kv.range.bind(kv), { ...ALL, serializable: true }, metadata),
  ],
  ['put', ({ kv }, metadata) => outcomeOf(kv, kv.put.bind(kv), PUT, metadata)],
  [
    'delete',
    ({ kv }, metadata) => outcomeOf(kv, kv.deleteRange.bind(kv), { ...PUT, rangeEnd: Buffer.alloc(0) }, metadata),
  ],
  ['txn that reads', txn({ $case: 'requestRange', value: ALL })],
  ['txn that writes', txn({ $case: 'requestPut', value: PUT })],
  ['compact', ({ kv }, metadata) => outcomeOf(kv, kv.compact.bind(kv), { revision: 2n, physical: false }, metadata)],
  ['grant', ({ lease }, metadata) => outcomeOf(lease, lease.leaseGrant.bind(lease), { ID, TTL: 60n }, metadata)],
  ['revoke', ({ lease }, metadata) => outcomeOf(lease, lease.leaseRevoke.bind(lease), { ID: LEASE }, metadata)],
  ['keep alive', keepAlive],
  [
    'time to live',
    ({ lease }, metadata) => outcomeOf(lease, lease.leaseTimeToLive.bind(lease), { ID: LEASE, keys: false }, metadata),
  ],
  [
    'members',
    ({ cluster }, metadata) => outcomeOf(cluster, cluster.memberList.bind(cluster), { linearizable: false }, metadata),
  ],
  ['promote', ({ cluster }, metadata) => outcomeOf(cluster, cluster.memberPromote.bind(cluster), { ID }, metadata)],
  [
    'alarms',
    ({ maintenance }, metadata) =>
      outcomeOf(maintenance, maintenance.alarm.bind(maintenance), { action: 0, memberID: 0n, alarm: 0 }, metadata),
  ],
  ['status', ({ maintenance }, metadata) => outcomeOf(maintenance, maintenance.status.bind(maintenance), {}, metadata)],
  [
    'hash',
    ({ maintenance }, metadata) =>
      outcomeOf(maintenance, maintenance.hashKv.bind(maintenance), { revision: 0n }, metadata),
  ],
  [
    'move leader',
    ({ maintenance }, metadata) =>
      outcomeOf(maintenance, maintenance.moveLeader.bind(maintenance), { targetID: ID }, metadata),
  ],
  ['lock', ({ lock }, metadata) => outcomeOf(lock, lock.lock.bind(lock), LINE, metadata)],
  [
    'campaign',
    ({ election }, metadata) =>
      outcomeOf(election, election.campaign.bind(election), { ...LINE, value: Buffer.from('x') }, metadata),
  ],
];

function txn(request: RequestOp['request']): Call {
  return ({ kv }, metadata) =>
    outcomeOf(kv, kv.txn.bind(kv), { compare: [], success: [{ request }], failure: [] }, metadata);
}

/** One renewal. */
function keepAlive({ lease }: EtcdClients, metadata: Metadata): Promise<unknown> {
  return new Promise((resolve) => {
    const stream = lease.leaseKeepAlive(metadata);
    stream.on('data', (answer) => {
      resolve(answer);
      stream.cancel();
    });
    stream.on('error', ({ message }: Error) => {
      resolve({ details: message.replace(/^\d+ [A-Z_]+: /, '') });
    });
    stream.write({ ID: LEASE });
  });
}

/** What a member is asked, whether or not it knows a leader. */
export function callsOfMembers(): readonly (readonly [name: string, call: Call])[] {
  return CALLS;
}
