import type { Catalog } from '@portolan/catalog';
import type { Principal } from '@portolan/kernel';
import type { Member } from '@portolan/cluster';
import { KEYSPACES, type KvStore } from '@portolan/kv';
import type { Registry } from '@portolan/telemetry';
import { Gauge } from 'prom-client';
import type { NativeLoad } from '@portolan/native-dialect';

const principal: Principal = { kind: 'system', name: 'metrics' };

type AddGauge = (name: string, help: string, read: () => number | Promise<number>) => void;

export interface RegistryMetricsOptions {
  readonly store: KvStore;
  /** Where the store is in a cluster of our own. */
  readonly member: Member | undefined;
  readonly catalog: Catalog;
  readonly load: NativeLoad;
}

/** What this registry holds. Everything is read when somebody asks, so an idle registry does nothing for it. */
export function registryMetrics(registry: Registry, { store, member, catalog, load }: RegistryMetricsOptions): void {
  const gauge: AddGauge = (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  };
  if (member !== undefined) raftMetrics(gauge, member);
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

/** How this member stands in its cluster. */
function raftMetrics(gauge: AddGauge, { raft, freshness }: Pick<Member, 'raft' | 'freshness'>): void {
  gauge('registry_raft_term', 'Term of this member: grows with each election.', () => raft.leadership.term);
  gauge('registry_raft_has_leader', '1: this member knows who leads.', () =>
    Number(raft.leadership.leader !== undefined),
  );
  gauge('registry_raft_is_leader', '1: this member leads.', () => Number(raft.leadership.leader === raft.status.id));
  gauge(
    'registry_raft_committed_index',
    'Entries that are decided, as far as this member knows.',
    () => raft.status.committed,
  );
  gauge('registry_raft_applied_index', 'Of these, what this member has applied.', () => raft.status.applied);
  gauge('registry_raft_last_index', 'Entries in the log of this member.', () => raft.status.lastIndex);
  gauge(
    'registry_raft_durable_index',
    'Of these, what is on its disk: the rest waits for a sync.',
    () => raft.status.durable,
  );
  gauge('registry_raft_snapshot_index', 'What its newest snapshot holds.', () => raft.status.snapshotIndex);
  gauge('registry_raft_voters', 'Members that vote.', () => raft.status.configuration.voters.length);
  gauge(
    'registry_raft_learners',
    'Members that take the log without a vote.',
    () => raft.status.configuration.learners.length,
  );
  gauge(
    'registry_raft_age_ms',
    'Since this member certainly had all that was acknowledged, ms.',
    () => freshness.ageMs,
  );
}
