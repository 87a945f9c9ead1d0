import { createSeededRng } from '@portolan/kernel';
import { keyOf } from '@portolan/kv';
import { systemClock } from '@portolan/runtime';
import type { EtcdAddress } from '../etcd-address.ts';
import { openEtcdStore, type EtcdStore, type EtcdStoreOptions } from '../etcd-store.ts';

/** Long enough for an etcd that is started again on a busy machine. */
const TIMEOUT_MS = 30_000;

/** A store on these members. */
export function opened(
  endpoints: readonly string[],
  address: Partial<EtcdAddress> = {},
  options: Partial<EtcdStoreOptions> = {},
): Promise<EtcdStore> {
  return openEtcdStore({
    address: { endpoints, prefix: keyOf(''), credentials: undefined, tls: {}, ...address },
    clock: systemClock,
    rng: createSeededRng(1),
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
}
