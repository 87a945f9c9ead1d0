import type { KvStore } from '@portolan/kv';
import type { Registry } from '@portolan/telemetry';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from '../etcd-version.ts';

/** An answer that is whole at once. */
export interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface Asked {
  readonly store: KvStore;
  readonly registry: Registry | undefined;
}

const json = (status: number, value: unknown): PlainAnswer => ({
  status,
  type: 'application/json',
  text: JSON.stringify(value),
});

async function hasLeader({ store }: Asked): Promise<boolean> {
  const { leaderId } = await store.status();
  return leaderId !== undefined;
}

/** `etcdctl check datascale` reads the memory of the process, and takes no labels. */
function withBareMemory(metrics: string): string {
  return metrics.replace(/^process_resident_memory_bytes\{[^}]*\} /m, 'process_resident_memory_bytes ');
}

type Answerer = (asked: Asked) => Promise<PlainAnswer>;

/** What is asked with GET. */
export const PLAIN_ANSWERS: ReadonlyMap<string, Answerer> = new Map<string, Answerer>([
  [
    '/version',
    () =>
      Promise.resolve(
        json(200, { etcdserver: ETCD_VERSION, etcdcluster: ETCD_CLUSTER_VERSION, storage: ETCD_CLUSTER_VERSION }),
      ),
  ],
  [
    '/health',
    async (asked) =>
      (await hasLeader(asked))
        ? json(200, { health: 'true', reason: '' })
        : json(503, { health: 'false', reason: 'RAFT NO LEADER' }),
  ],
  ['/livez', () => Promise.resolve({ status: 200, type: 'text/plain; charset=utf-8', text: 'ok\n' })],
  [
    '/readyz',
    async (asked) =>
      (await hasLeader(asked))
        ? { status: 200, type: 'text/plain; charset=utf-8', text: 'ok\n' }
        : { status: 503, type: 'text/plain; charset=utf-8', text: '[-]leader failed: no leader\n' },
  ],
  [
    '/metrics',
    async ({ registry }) =>
      registry === undefined
        ? { status: 404, type: 'text/plain; charset=utf-8', text: '404 page not found\n' }
        : { status: 200, type: registry.contentType, text: withBareMemory(await registry.metrics()) },
  ],
]);
