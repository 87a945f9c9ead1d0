import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { digits } from '../table.ts';
import { costsByPlace, selfAllocations, selfTimes, type SelfCost } from '../wire/self-cost.ts';
import { propose, type Cluster } from './raft-side.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const IN_FLIGHT = 256;
const WARM_UP_ENTRIES = 100_000;
const SAMPLE_MICROS = 200;
const SAMPLE_BYTES = 16_384;
/** Rows of a table. */
const HEAVIEST = 15;

export interface Profile {
  readonly text: string;
  readonly raw: unknown;
}

/** Where the time and the bytes of an entry go, with 256 in flight; the profiler itself takes some of both. */
export async function profileRaft(
  open: () => Promise<Cluster>,
  seconds: number,
  progress: (what: string) => void,
): Promise<Profile> {
  await using cluster = await open();
  await propose(cluster.leader, IN_FLIGHT, () => WARM_UP_ENTRIES);
  progress('profile: time');
  const time = await profiled(cluster, seconds, {
    begin: async (session) => {
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
      await session.post('Profiler.start');
    },
    end: async (session) => selfTimes((await session.post('Profiler.stop')).profile, ROOT, 2 * SAMPLE_MICROS),
  });
  progress('profile: allocations');
  const allocations = await profiled(cluster, seconds, {
    begin: (session) =>
      session.post('HeapProfiler.startSampling', {
        samplingInterval: SAMPLE_BYTES,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      }),
    end: async (session) => selfAllocations((await session.post('HeapProfiler.stopSampling')).profile, ROOT),
  });
  const text = [
    costTable('time by place', 'µs an entry', { ...time, costs: costsByPlace(time.costs) }, digits(3)),
    costTable('self time', 'µs an entry', time, digits(3)),
    costTable('self-allocated', 'bytes an entry', allocations, digits(0)),
  ].join('\n\n');
  return { text, raw: { time, allocations } };
}

interface Profiled {
  readonly entries: number;
  readonly costs: readonly SelfCost[];
}

interface Profiler {
  readonly begin: (session: Session) => Promise<void>;
  readonly end: (session: Session) => Promise<readonly SelfCost[]>;
}

async function profiled({ leader }: Cluster, seconds: number, { begin, end }: Profiler): Promise<Profiled> {
  const session = new Session();
  session.connect();
  await begin(session);
  const until = performance.now() + seconds * 1_000;
  const entries = await propose(leader, IN_FLIGHT, (done) => (performance.now() < until ? done + IN_FLIGHT : done));
  const costs = await end(session);
  session.disconnect();
  return { entries, costs };
}

function costTable(
  heading: string,
  unit: string,
  { entries, costs }: Profiled,
  format: (value: number) => string,
): string {
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  const row = (name: string, where: string, cost: number): string =>
    `| ${name} | ${where} | ${format(cost / entries)} | ${digits(1)((cost / total) * 100)}% |`;
  return [
    `| one member, real disk, ${IN_FLIGHT} in flight: ${heading} | where | ${unit} | share |`,
    '| --- | --- | --- | --- |',
    ...costs.slice(0, HEAVIEST).map(({ name, where, cost }) => row(name, where, cost)),
    row('all', '', total),
  ].join('\n');
}
