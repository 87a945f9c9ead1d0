import type { KvStore, Lease } from '@portolan/kv';
import { SESSION_TTL_SECONDS_MAX, SESSION_TTL_SECONDS_MIN } from './limits.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';

/** @param ttlSeconds brought into the bounds of a session */
export function grantSession(store: KvStore, ttlSeconds: number): Promise<Lease> {
  const asked = Number.isFinite(ttlSeconds) ? Math.round(ttlSeconds) : SESSION_TTL_SECONDS_MAX;
  const bounded = Math.min(Math.max(asked, SESSION_TTL_SECONDS_MIN), SESSION_TTL_SECONDS_MAX);
  return store.grantLease({ principal: CATALOG_PRINCIPAL, ttlSeconds: bounded, keyspace: 'catalog' });
}
