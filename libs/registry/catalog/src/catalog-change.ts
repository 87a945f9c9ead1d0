import type { KeyRange, Revision, WatchEvent } from '@portolan/kv';
import { keysWithPrefix } from '@portolan/kv';
import { EVERYTHING, parseKey } from './keys.ts';
import type { CheckId, Health, InstanceId, Port, ServiceName } from './model.ts';
import { readCheck, readInstance } from './stored-values.ts';

/** The keys, in the keyspace `catalog`, whose events `changeOf` reads. */
export const CATALOG_KEYS: KeyRange = keysWithPrefix(EVERYTHING);

/** One thing that happened in the catalog, for whoever follows it from outside. */
export type CatalogChange = {
  readonly service: ServiceName;
  readonly instanceId: InstanceId;
  readonly revision: Revision;
} & (
  | {
      readonly kind: 'registered';
      readonly address: string;
      readonly ports: readonly Port[];
      readonly tags: readonly string[];
    }
  | { readonly kind: 'deregistered' }
  | { readonly kind: 'check'; readonly check: CheckId; readonly status: Health; readonly output: string }
);

/** @returns undefined for what concerns no instance, and for checks that end with it. @throws UnreadableRecordError */
export function changeOf(event: WatchEvent): CatalogChange | undefined {
  const parsed = parseKey(event.kind === 'put' ? event.keyValue.key : event.key);
  if (parsed?.kind !== 'instance' && parsed?.kind !== 'check') return undefined;
  const { service, instanceId } = parsed;
  if (event.kind === 'delete') {
    if (parsed.kind === 'check') return undefined;
    return { kind: 'deregistered', service, instanceId, revision: event.modRevision };
  }
  const about = { service, instanceId, revision: event.keyValue.modRevision };
  if (parsed.kind === 'check') {
    const { status, output } = readCheck(event.keyValue);
    return { kind: 'check', ...about, check: parsed.checkId, status, output };
  }
  const { address, ports, tags } = readInstance(event.keyValue).registration;
  return { kind: 'registered', ...about, address, ports, tags };
}
