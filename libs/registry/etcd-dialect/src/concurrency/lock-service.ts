import type { LockService } from '@portolan/contracts/etcd/lock';
import { keyFromBytes, oneKey } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { patient, unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt } from '../etcd-header.ts';
import { keyBuffer } from '../etcd-key-range.ts';
import { leavePlace, linePrefix, sessionLease, takePlace, waitForTurn } from './waiting-line.ts';

/** Locks whose waiting is done here; etcdctl and most libraries wait by themselves, on the same keys. */
export function lockService(scope: DialectScope): Implementation<typeof LockService> {
  const { store, principal } = scope;
  return {
    lock: patient(scope, async ({ name, lease }, signal) => {
      const prefix = linePrefix(name);
      const place = await takePlace(scope, prefix, await sessionLease(scope, lease, signal), new Uint8Array(0), signal);
      try {
        await waitForTurn(scope, prefix, place, signal);
        const held = await store.range({ principal, keyspace: 'user', keys: oneKey(place.key) }, signal);
        // Its lease may have ended while it waited.
        if (held.keyValues.length === 0) throw new EtcdError('sessionExpired');
        return { header: await headerAt(store, held.revision), key: keyBuffer(place.key) };
      } catch (error) {
        await leavePlace(scope, place);
        throw error;
      }
    }),
    unlock: unary(scope, async ({ key }, signal) => {
      if (key.length === 0) throw new EtcdError('emptyKey');
      const { revision } = await store.txn(
        { principal, success: [{ kind: 'delete', keyspace: 'user', keys: oneKey(keyFromBytes(key)) }] },
        signal,
      );
      return { header: await headerAt(store, revision) };
    }),
  };
}
