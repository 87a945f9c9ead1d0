import { QuotaExceededError } from '../errors.ts';
import { KEYSPACES } from '../ids.ts';
import type { GrantLeaseRequest, Lease } from '../lease-request.ts';
import { onFresh, principal, put, write } from './shorthand.ts';
import type { OpenStore } from './store-under-test.ts';

/**
 * What a store promises of a keyspace that is full, one sentence a test. Not of every store: an etcd has one quota for all, and with the
 * default ones a test would write a gigabyte.
 * @param open opens an empty store whose keyspaces have a quota of `roomBytes` each
 */
export function describeQuotas(name: string, open: OpenStore, roomBytes: number): void {
  describe(`${name} keeps the contract of quotas:`, () => {
    it.each(KEYSPACES)('while %s is full, leases are granted for the other keyspaces alone', (full) =>
      onFresh(open, async ({ store }) => {
        const tooMuch = put('a', 'x'.repeat(roomBytes), { keyspace: full });
        await expect(write(store, tooMuch)).rejects.toBeInstanceOf(QuotaExceededError);
        const grant = (whose: Pick<GrantLeaseRequest, 'keyspace'>): Promise<Lease> =>
          store.grantLease({ principal, ttlSeconds: 10, ...whose });
        for (const keyspace of KEYSPACES) {
          if (keyspace === full) await expect(grant({ keyspace })).rejects.toBeInstanceOf(QuotaExceededError);
          else await grant({ keyspace });
        }
        // Whoever does not say for which keyspace means the user's.
        if (full === 'user') await expect(grant({})).rejects.toMatchObject({ keyspace: 'user' });
        else await grant({});
      })(),
    );
  });
}
