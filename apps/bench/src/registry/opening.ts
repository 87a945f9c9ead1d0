import type { Access, Resource } from '@portolan/access';
import type { DataFolder } from '@portolan/cluster';
import type { Authorize, Keyspace } from '@portolan/kv';
import type { Telemetry } from '@portolan/telemetry';
import type { OurSettings } from './our-settings.ts';

/** What a store is opened with. */
export interface Opening {
  readonly folder: DataFolder;
  readonly peer: OurSettings['peer'];
  readonly access: Access;
  readonly telemetry: Telemetry;
}

const RESOURCE_OF: Readonly<Record<Keyspace, Resource>> = {
  user: 'user',
  catalog: 'catalog-keyspace',
  system: 'system',
};

/** The store's questions in the words of the policy, as the registry puts them: each call pays for it. */
export function authorizeBy(access: Access): Authorize {
  return (principal, action) => {
    if (action.kind === 'lease') access.check(principal, { verb: 'write', on: 'user' });
    else {
      const verb = action.kind === 'compact' ? 'administer' : action.kind;
      access.check(principal, { verb, on: RESOURCE_OF[action.keyspace] });
    }
  };
}

/** As an error that nobody caught: the process ends, and whoever measures it is told. */
export function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
