import type { Catalog } from '@portolan/catalog';
import type { Principal } from '@portolan/kernel';
import { KEYSPACES, type KvStore } from '@portolan/kv';
import type { Registry } from '@portolan/telemetry';
import { Gauge } from 'prom-client';
import type { NativeLoad } from '@portolan/native-dialect';

const principal: Principal = { kind: 'system', name: 'metrics' };

/** What this registry holds. Everything is read when somebody asks, so an idle registry does nothing for it. */
export function registryMetrics(
  registry: Registry,
  { store, catalog, load }: { readonly store: KvStore; readonly catalog: Catalog; readonly load: NativeLoad },
): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  };
  gauge('registry_kv_revision', 'Revision of the store: grows with each change.', async () => {
    const { revision } = await store.status();
    return revision;
  });
  gauge('registry_kv_leases', 'Leases alive.', async () => {
    const { ids } = await store.leases({ principal });
    return ids.length;
  });
  for (const measure of ['keys', 'bytes'] as const) {
    new Gauge({
      name: `registry_kv_${measure}`,
      help: `What each keyspace holds now, in ${measure}.`,
      labelNames: ['keyspace'],
      registers: [registry],
      async collect() {
        const { keyspaces } = await store.status();
        for (const keyspace of KEYSPACES) this.set({ keyspace }, keyspaces[keyspace][measure]);
      },
    });
  }
  new Gauge({
    name: 'registry_catalog_instances',
    help: 'Instances in the catalog; healthy ones are in the answers.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const { services } = await catalog.services({ principal });
      const healthy = services.reduce((sum, service) => sum + service.healthy, 0);
      this.set({ state: 'healthy' }, healthy);
      this.set({ state: 'unhealthy' }, services.reduce((sum, { instances }) => sum + instances, 0) - healthy);
    },
  });
  gauge('registry_sessions', 'Session streams open: processes that register here.', () => load.sessions);
  gauge('registry_subscriptions', 'Subscriptions over all watch streams.', () => load.subscriptions);
}
