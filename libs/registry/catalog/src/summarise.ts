import type { Header } from '@portolan/kv';
import type { ServiceList, ServiceName, ServiceSummary } from './model.ts';
import type { CatalogRecords, KnownInstance } from './records.ts';

/** Every service that has an instance, by name. @throws UnreadableRecordError */
export function listServices(records: CatalogRecords, at: Header): ServiceList {
  const services: ServiceSummary[] = [];
  for (const name of records.serviceNames()) {
    const known = records.instancesOf(name);
    if (known.length > 0) services.push(summarise(name, known));
  }
  return { incarnation: at.incarnation, revision: at.revision, services };
}

export function summarise(name: ServiceName, known: readonly KnownInstance[]): ServiceSummary {
  const tags = new Set<string>();
  const portNames = new Set<string>();
  const metadata = new Map<string, string>();
  // The newest last, so that it wins.
  const byAge = known.toSorted((a, b) => a.registeredAt - b.registeredAt);
  for (const { instance } of byAge) {
    for (const tag of instance.registration.tags) tags.add(tag);
    for (const port of instance.registration.ports) portNames.add(port.name);
    for (const [key, value] of Object.entries(instance.registration.metadata)) metadata.set(key, value);
  }
  return {
    name,
    instances: known.length,
    healthy: known.filter(({ instance }) => instance.health === 'passing').length,
    tags: [...tags].sort(),
    metadata: Object.fromEntries([...metadata].sort(([a], [b]) => (a < b ? -1 : 1))),
    portNames: [...portNames].sort(),
  };
}
