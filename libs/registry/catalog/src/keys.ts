import { keyOf, keysWithPrefix, type Key, type KeyRange, type LeaseId } from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import type { CheckId, InstanceId, NodeName, ServiceName } from './model.ts';

/** What a key of the catalog keyspace is about. */
export type CatalogKey =
  | { readonly kind: 'instance'; readonly service: ServiceName; readonly instanceId: InstanceId }
  | {
      readonly kind: 'check';
      readonly service: ServiceName;
      readonly instanceId: InstanceId;
      readonly checkId: CheckId;
    }
  | { readonly kind: 'eviction'; readonly service: ServiceName; readonly instanceId: InstanceId }
  | { readonly kind: 'node'; readonly name: NodeName }
  | { readonly kind: 'host'; readonly name: NodeName };

// Names and ids have no `/`, so a key has one reading and a prefix ends where a name does.
export const instanceKey = ({ service, instanceId }: InstanceName): Key => keyOf(`instances/${service}/${instanceId}`);
export const checkKey = ({ service, instanceId }: InstanceName, check: CheckId): Key =>
  keyOf(`checks/${service}/${instanceId}/${check}`);
export const evictionKey = ({ service, instanceId }: InstanceName): Key => keyOf(`evictions/${service}/${instanceId}`);
export const nodeKey = (name: NodeName): Key => keyOf(`nodes/${name}`);
/** There while an agent speaks for the node. */
export const hostKey = (name: NodeName): Key => keyOf(`hosts/${name}`);
/** Written whenever another stream goes on with the lease: only the last one is believed to be broken. In no answer. */
export const sessionKey = (lease: LeaseId): Key => keyOf(`sessions/${lease}`);

export const ALL_INSTANCES: KeyRange = keysWithPrefix(keyOf('instances/'));
/** As prefixes. */
export const ALL_NODES: Key = keyOf('nodes/');
export const EVERYTHING: Key = keyOf('');
export const instancesOf = (service: ServiceName): KeyRange => keysWithPrefix(keyOf(`instances/${service}/`));
export const checksOf = (service: ServiceName): KeyRange => keysWithPrefix(keyOf(`checks/${service}/`));
export const checksOfInstance = ({ service, instanceId }: InstanceName): KeyRange =>
  keysWithPrefix(keyOf(`checks/${service}/${instanceId}/`));

/** @returns undefined for a key that no answer is made of: a session's, or another version's */
export function parseKey(key: Key): CatalogKey | undefined {
  const [kind, first = '', second = '', third = '', ...more] = key.split('/');
  if (more.length > 0 || first === '') return undefined;
  const service = first as ServiceName;
  const instanceId = second as InstanceId;
  if (kind === 'instances' || kind === 'evictions') {
    if (second === '' || third !== '') return undefined;
    return { kind: kind === 'instances' ? 'instance' : 'eviction', service, instanceId };
  }
  if (kind === 'checks') {
    return second === '' || third === ''
      ? undefined
      : { kind: 'check', service, instanceId, checkId: third as CheckId };
  }
  if (second !== '' || (kind !== 'nodes' && kind !== 'hosts')) return undefined;
  return { kind: kind === 'nodes' ? 'node' : 'host', name: first as NodeName };
}
