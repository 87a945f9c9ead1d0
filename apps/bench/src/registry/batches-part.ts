import { z } from 'zod';
import { measure, type Side } from '../measurement.ts';
import { digits, whole } from '../table.ts';
import { LOAD_SECONDS_MIN } from '../wire/h2load.ts';
import { BATCH, etcdTransactions, nativeTransactions, writeKeys, type Batcher } from './batches.ts';
import type { Cluster } from './cluster.ts';
import { comparisonTable, type ComparedRow, type Target } from './comparison.ts';
import { Loader } from './loading.ts';
import type { Part, PartOptions } from './part.ts';
import { cpuMicrosOf } from './processes.ts';
import { holdingOf } from './reading.ts';

const SINGLE = { name: '16 × 16', connections: 16, streams: 16 };
const WARM_UP_KEYS = 20_000;
const NATIVE: Target = { kind: 'ratio at least', value: 5 };

/** Entries a second that are written alone, in etcd's transactions, and in our own client's; each on a server that has nothing yet. */
export const batchesPart: Part = async (options) => {
  const { etcd, ours, rounds } = options;
  const sides: readonly Side[] = [
    {
      name: etcd.name,
      round: async () => {
        const single = await onNew(etcd, options, (cluster) => writeAlone(cluster, options));
        const batched = await onNew(etcd, options, (cluster) =>
          writeBatches(cluster, cluster.port, etcdTransactions, options),
        );
        // What ours is compared with in both rows is what etcd's clients have: puts.
        return { single, ...named('etcd', batched), native: single };
      },
    },
    {
      name: ours.name,
      round: async () => {
        const single = await onNew(ours, options, (cluster) => writeAlone(cluster, options));
        const batched = await onNew(ours, options, (cluster) =>
          writeBatches(cluster, cluster.port, etcdTransactions, options),
        );
        const native = await onNew(ours, options, async (cluster) => {
          const nativePort = await cluster.leader.ask('nativePort', z.int());
          return writeBatches(cluster, nativePort, nativeTransactions, options);
        });
        return { single, ...named('etcd', batched), ...named('native', native), native: native.perSecond };
      },
    },
  ];
  const measured = await measure(sides, rounds, (what) => {
    options.progress(`batches, ${what}`);
  });
  return { text: comparisonTable('one node, entries/s', measured, ROWS), raw: measured };
};

/** What a server holds already makes each write dearer, and no round begins with more than another. */
async function onNew<Started extends Cluster, Result>(
  launcher: { readonly start: (folder: string, members: 1) => Promise<Started> },
  { newFolder }: PartOptions,
  measured: (cluster: Started) => Promise<Result>,
): Promise<Result> {
  await using cluster = await launcher.start(await newFolder(), 1);
  return await measured(cluster);
}

const ROWS: readonly ComparedRow[] = [
  { title: `puts alone, ${SINGLE.name}`, figure: 'single', format: whole },
  { title: `etcd’s transactions of ${BATCH}`, figure: 'etcd perSecond', format: whole },
  { title: 'CPU µs of the server an entry', figure: 'etcd cpuMicros', format: digits(2) },
  { title: 'share of its core that the driver took', figure: 'etcd driver', format: digits(2) },
  {
    title: `our client’s transactions of ${BATCH}, beside etcd’s puts alone`,
    figure: 'native',
    format: whole,
    target: NATIVE,
  },
  { title: 'CPU µs of the server an entry', figure: 'native cpuMicros', format: digits(2) },
  { title: 'share of its core that the driver took', figure: 'native driver', format: digits(2) },
];

const named = (name: string, figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${name} ${figure}`, value]));

async function writeAlone(cluster: Cluster, options: PartOptions): Promise<number> {
  const loader = new Loader(cluster, options);
  await loader.warmUp('put');
  const { perSecond } = await loader.measure('put', SINGLE, Math.max(LOAD_SECONDS_MIN, options.seconds / 3));
  return perSecond;
}

/** @throws Error when the server does not hold what was written */
async function writeBatches(
  { port, pids }: Cluster,
  batchPort: number,
  batcher: Batcher,
  { seconds }: PartOptions,
): Promise<{ readonly perSecond: number; readonly cpuMicros: number; readonly driver: number }> {
  await using batches = batcher(batchPort);
  await writeKeys(batches.write, (keys) => keys >= WARM_UP_KEYS);
  const [startedAt, cpuBefore, ownBefore] = [performance.now(), await cpuMicrosOf(pids), process.cpuUsage()];
  const until = startedAt + (seconds / 3) * 1_000;
  const written = await writeKeys(batches.write, () => performance.now() > until);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(ownBefore);
  const cpuMicros = ((await cpuMicrosOf(pids)) - cpuBefore) / written;
  const { keys } = await holdingOf(port);
  if (keys < Math.max(written, WARM_UP_KEYS))
    throw new Error(`${written} entries were answered, and ${keys} are there`);
  return { perSecond: (written / elapsedMs) * 1_000, cpuMicros, driver: (user + system) / 1_000 / elapsedMs };
}
