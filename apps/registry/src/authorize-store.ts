import type { Access, Resource } from '@portolan/access';
import type { Authorize, Keyspace } from '@portolan/kv';

const RESOURCE_OF: Readonly<Record<Keyspace, Resource>> = {
  user: 'user',
  catalog: 'catalog-keyspace',
  system: 'system',
};

/** The store's questions in the words of the policy. Whoever may write keys may hold a lease for them. */
export function authorizeStore(access: Access): Authorize {
  return (principal, action) => {
    if (action.kind === 'lease') access.check(principal, { verb: 'write', on: 'user' });
    else {
      const verb = action.kind === 'compact' ? 'administer' : action.kind;
      access.check(principal, { verb, on: RESOURCE_OF[action.keyspace] });
    }
  };
}
