import type { ElectionService, LeaderKey } from '@portolan/contracts/etcd/election';
import { keyFromBytes, keysWithPrefix, leaseId, oneKey, type Compare, type Key, type RangeResult } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { patient, streaming, unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt } from '../etcd-header.ts';
import { keyBuffer } from '../etcd-key-range.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';
import { clampedRevision } from '../int64.ts';
import { observe } from './observe.ts';
import { inLine, linePrefix, waitForTurn } from './waiting-line.ts';

/** Elections whose waiting is done here. Whoever leads has the oldest key of the election. */
export function electionService(scope: DialectScope): Implementation<typeof ElectionService> {
  const { store, principal } = scope;
  return {
    campaign: patient(scope, ({ name, lease, value }, signal) =>
      inLine(scope, { name, lease, value }, signal, async (place) => {
        const leader = { name, key: keyBuffer(place.key), rev: BigInt(place.createRevision), lease: place.lease };
        const { found } = place;
        if (found !== undefined && !value.equals(found.value)) await proclaim(scope, leader, value, signal);
        await waitForTurn(scope, name, place, signal);
        return { header: await headerAt(store, place.revision), leader };
      }),
    ),
    proclaim: unary(scope, async ({ leader, value }, signal) => {
      if (leader === undefined) throw new EtcdError('leaderKeyMissing');
      return { header: await headerAt(store, await proclaim(scope, leader, value, signal)) };
    }),
    leader: unary(scope, async ({ name }, signal) => {
      const { keyValues, revision } = await oldest(scope, linePrefix(name), signal);
      const [first] = keyValues;
      if (first === undefined) throw new EtcdError('electionNoLeader');
      return { header: await headerAt(store, revision), kv: encodeKeyValue(first) };
    }),
    observe: ({ name }, call) =>
      streaming(scope, call, (signal) => observe(scope, linePrefix(name), (key) => oldest(scope, key, signal), signal)),
    resign: unary(scope, async ({ leader }, signal) => {
      if (leader === undefined) throw new EtcdError('leaderKeyMissing');
      const keys = oneKey(keyFromBytes(leader.key));
      const { revision } = await store.txn(
        { principal, compares: [isStill(leader)], success: [{ kind: 'delete', keyspace: 'user', keys }] },
        signal,
      );
      return { header: await headerAt(store, revision) };
    }),
  };
}

/** @throws EtcdError when another leads, or nobody */
async function proclaim(
  { store, principal }: DialectScope,
  leader: LeaderKey,
  value: Uint8Array,
  signal: AbortSignal,
): Promise<RangeResult['revision']> {
  const key = keyFromBytes(leader.key);
  const lease = leader.lease === 0n ? {} : { lease: leaseId(leader.lease) };
  const { succeeded, revision } = await store.txn(
    {
      principal,
      compares: [isStill(leader)],
      success: [{ kind: 'put', keyspace: 'user', key, value, ...lease }],
    },
    signal,
  );
  if (!succeeded) throw new EtcdError('electionNotLeader');
  return revision;
}

function isStill({ key, rev }: LeaderKey): Compare {
  const target = { kind: 'create', value: clampedRevision(rev < 0n ? 0n : rev) } as const;
  return { keyspace: 'user', keys: oneKey(keyFromBytes(key)), relation: 'equal', target };
}

function oldest({ store, principal }: DialectScope, prefix: Key, signal: AbortSignal): Promise<RangeResult> {
  return store.range(
    {
      principal,
      keyspace: 'user',
      keys: keysWithPrefix(prefix),
      sort: { target: 'create', order: 'ascend' },
      limit: 1,
    },
    signal,
  );
}
