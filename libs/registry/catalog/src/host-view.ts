import type { Header } from '@portolan/kv';
import type { HostView, NodeName } from './model.ts';
import type { CatalogRecords } from './records.ts';

/** What the agent of a host has registered, and what it has to forget. @throws UnreadableRecordError */
export function hostView(records: CatalogRecords, node: NodeName, { incarnation, revision }: Header): HostView {
  const instances = records.hosts
    .instancesOn(node)
    .map(({ service, instanceId }) => records.instance(service, instanceId)?.instance)
    .filter((instance) => instance !== undefined);
  return { incarnation, revision, instances, evictions: records.hosts.evictionsOn(node) };
}
