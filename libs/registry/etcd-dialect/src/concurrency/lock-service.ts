import type { LockService } from '@portolan/contracts/etcd/lock';
import { keyFromBytes, oneKey } from '@portolan/kv';
import type { Implementation } from '@portolan/rpc';
import { patient, unary } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { EtcdError } from '../etcd-error.ts';
import { headerAt } from '../etcd-header.ts';
import { keyBuffer } from '../etcd-key-range.ts';
import { inLine, waitForTurn } from './waiting-line.ts';

/** Locks whose waiting is done here; etcdctl and most libraries wait by themselves, on the same keys. */
export function lockService(scope: DialectScope): Implementation<typeof LockService> {
  const { store, principal } = scope;
  return {
    lock: patient(scope, ({ name, lease }, signal) =>
      inLine(scope, { name, lease, value: new Uint8Array(0) }, signal, async (place) => {
        await waitForTurn(scope, name, place, signal);
        const held = await store.range({ principal, keyspace: 'user', keys: oneKey(place.key) }, signal);
        // Its lease may have ended while it waited.
        if (held.keyValues.length === 0) throw new EtcdError('sessionExpired');
        return { header: await headerAt(store, held.revision), key: keyBuffer(place.key) };
      }),
    ),
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
