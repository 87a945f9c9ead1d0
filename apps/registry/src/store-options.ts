import type { Access, Resource } from '@portolan/access';
import type { ConfigOf } from '@portolan/config';
import type { Principal } from '@portolan/kernel';
import type { Authorize, EmbeddedStoreOptions, Keyspace } from '@portolan/kv';
import type { registryConfig } from './config.ts';

export interface StoreSettings extends Pick<
  ConfigOf<typeof registryConfig>,
  'quotaBytes' | 'catalogQuotaBytes' | 'systemQuotaBytes' | 'historyChanges' | 'historyBytes' | 'historyMs'
> {
  readonly access: Access;
}

/** The store of this registry, as it is set to be. */
export function storeOptions({
  access,
  quotaBytes,
  catalogQuotaBytes,
  systemQuotaBytes,
  historyChanges,
  historyBytes,
  historyMs,
}: StoreSettings): Pick<EmbeddedStoreOptions, 'authorize' | 'limits' | 'autoCompaction'> {
  return {
    authorize: authorizeBy(access),
    limits: {
      quotaBytes,
      ...(catalogQuotaBytes !== undefined && { catalogQuotaBytes }),
      ...(systemQuotaBytes !== undefined && { systemQuotaBytes }),
    },
    autoCompaction: {
      keepChanges: historyChanges,
      keepBytes: historyBytes,
      ...(historyMs !== undefined && { keepMs: historyMs }),
    },
  };
}

const RESOURCE_OF: Readonly<Record<Keyspace, Resource>> = {
  user: 'user',
  catalog: 'catalog-keyspace',
  system: 'system',
};

/** The store's questions in the words of the policy. Whoever may write keys may hold a lease for them. */
function authorizeBy(access: Access): Authorize {
  return (principal, action) => {
    if (action.kind === 'lease') access.check(principal, { verb: 'write', on: 'user' });
    else {
      const verb = action.kind === 'compact' ? 'administer' : action.kind;
      access.check(principal, { verb, on: RESOURCE_OF[action.keyspace] });
    }
  };
}

/** Who takes part is no secret to whoever may read the catalog; who may compact everybody's keys may change it. */
export function authorizeCluster(access: Access): (principal: Principal, verb: 'read' | 'administer') => void {
  return (principal, verb) => {
    access.check(principal, verb === 'read' ? { verb, on: 'catalog' } : { verb, on: 'user' });
  };
}
