import { measure, type Side } from '../measurement.ts';
import { digits, whole } from '../table.ts';
import { LOAD_SECONDS_MIN } from '../wire/h2load.ts';
import { etcdTransactions, writeKeys } from './batches.ts';
import type { Cluster, Launcher } from './cluster.ts';
import { comparisonTable, type ComparedRow } from './comparison.ts';
import { Loader, type Shape } from './loading.ts';
import { stallSchema } from './our-settings.ts';
import type { OurCluster } from './ours.ts';
import type { Part, PartOptions } from './part.ts';
import { residentBytesOf } from './processes.ts';
import { holdingOf } from './reading.ts';

const KEYS = { few: 100_000, many: 1_000_000 } as const;
const MEBIBYTE = 1_048_576;
const PUTS: Shape = { name: '16 × 16', connections: 16, streams: 16 };
/** Well below what either side can do: at its limit, what is measured is the queue. */
const STEADY: Shape = { ...PUTS, name: '10,000 a second', perSecondOfEach: 10_000 / PUTS.connections };
const RESTART_S_MAX = 3;
const STALL_MS_MAX = 20;

/** What many keys cost: memory, a restart after kill -9, and what the event loop does meanwhile. */
export const keysPart: Part = async (options) => {
  const keys = options.isLarge ? KEYS.many : KEYS.few;
  const sides: readonly Side[] = [
    { name: options.etcd.name, round: () => etcdRound(keys, options) },
    { name: options.ours.name, round: () => ourRound(keys, options) },
  ];
  const measured = await measure(sides, options.rounds, (what) => {
    options.progress(`${whole(keys)} keys, ${what}`);
  });
  return { text: comparisonTable(`${whole(keys)} keys`, measured, rowsOf(options.isLarge)), raw: measured };
};

async function etcdRound(keys: number, options: PartOptions): Promise<Readonly<Record<string, number>>> {
  const folder = await options.newFolder();
  const figures: Record<string, number> = {};
  {
    await using cluster = await options.etcd.start(folder, 1);
    Object.assign(figures, await fill(cluster, keys));
    figures.putsPerSecond = await putForSeconds(cluster, options, PUTS);
  }
  return { ...figures, restartS: await restart(options.etcd, folder, keys) };
}

async function ourRound(keys: number, options: PartOptions): Promise<Readonly<Record<string, number>>> {
  const { ours } = options;
  const folder = await options.newFolder();
  const figures: Record<string, number> = {};
  {
    await using cluster = await ours.start(folder, 1);
    await takeStall(cluster);
    Object.assign(figures, await fill(cluster, keys), await takeStall(cluster, 'fill'));
    figures.putsPerSecond = await putForSeconds(cluster, options, PUTS);
    Object.assign(figures, await takeStall(cluster, 'puts'));
  }
  figures.restartS = await restart(ours, folder, keys);
  await using quiet = await ours.start(folder, 1, 'never');
  const loader = new Loader(quiet, options);
  // What is compiled at first is not what is asked for.
  await loader.check('put', PUTS);
  await takeStall(quiet);
  figures.quietPutsPerSecond = await putForSeconds(quiet, options, PUTS);
  Object.assign(figures, await takeStall(quiet, 'quiet'));
  await putForSeconds(quiet, options, STEADY);
  return { ...figures, ...(await takeStall(quiet, 'steady')) };
}

/** @throws Error when the server does not hold all of them afterwards */
async function fill(cluster: Cluster, keys: number): Promise<Readonly<Record<string, number>>> {
  await using batches = etcdTransactions(cluster.port);
  const startedAt = performance.now();
  await writeKeys(batches.write, (begun) => begun >= keys);
  const elapsedS = (performance.now() - startedAt) / 1_000;
  await checkKeys(cluster, keys);
  return { fillPerSecond: keys / elapsedS, rssMebibytes: (await residentBytesOf(cluster.pids)) / MEBIBYTE };
}

async function putForSeconds(cluster: Cluster, options: PartOptions, shape: Shape): Promise<number> {
  const loader = new Loader(cluster, options);
  return (await loader.measure('put', shape, Math.max(LOAD_SECONDS_MIN, options.seconds))).perSecond;
}

/** From the start of the process until a linearizable read has counted all keys. */
async function restart(launcher: Launcher, folder: string, keys: number): Promise<number> {
  const startedAt = performance.now();
  await using cluster = await launcher.start(folder, 1);
  await checkKeys(cluster, keys);
  return (performance.now() - startedAt) / 1_000;
}

async function checkKeys({ port }: Cluster, keys: number): Promise<void> {
  const held = await holdingOf(port);
  if (held.keys !== keys) throw new Error(`${held.keys} keys are there, not ${keys}`);
}

/** Since it was last taken. */
async function takeStall({ leader }: OurCluster, name = ''): Promise<Readonly<Record<string, number>>> {
  const { p999Ms, longestMs } = await leader.ask('stall', stallSchema);
  return { [`${name}P999Ms`]: p999Ms, [`${name}LongestMs`]: longestMs };
}

function rowsOf(isLarge: boolean): readonly ComparedRow[] {
  const ms = (title: string, figure: string): ComparedRow => ({ title, figure, format: digits(1) });
  return [
    { title: 'keys/s, written by etcd’s transactions', figure: 'fillPerSecond', format: whole },
    { title: 'resident MiB then', figure: 'rssMebibytes', format: whole },
    { title: `puts/s then, ${PUTS.name}`, figure: 'putsPerSecond', format: whole },
    {
      title: 'restart after kill -9, s',
      figure: 'restartS',
      format: digits(2),
      target: isLarge ? undefined : { kind: 'ours at most', value: RESTART_S_MAX },
    },
    ms('event loop’s delay while keys are written, p99.9, ms', 'fillP999Ms'),
    ms('longest', 'fillLongestMs'),
    ms('the same during puts, with snapshots, p99.9, ms', 'putsP999Ms'),
    ms('longest', 'putsLongestMs'),
    { title: 'puts/s without snapshots', figure: 'quietPutsPerSecond', format: whole },
    ms('the same without snapshots, p99.9, ms', 'quietP999Ms'),
    ms('longest', 'quietLongestMs'),
    {
      ...ms(`the same at ${STEADY.name}, p99.9, ms`, 'steadyP999Ms'),
      target: { kind: 'ours at most', value: STALL_MS_MAX },
    },
    ms('longest', 'steadyLongestMs'),
  ];
}
