import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measure, type Side } from '../measurement.ts';
import { percentileOf } from '../statistics.ts';
import { digits } from '../table.ts';
import type { Launcher } from './cluster.ts';
import { comparisonTable, type ComparedRow } from './comparison.ts';
import { Loader } from './loading.ts';
import type { Part, PartOptions } from './part.ts';
import { readTimes } from './request-times.ts';
import type { RequestName } from './requests.ts';

const ASKED: readonly RequestName[] = ['put', 'range', 'serializable range'];
const ONE_CLIENT = { name: 'one client', connections: 1, streams: 1 };
const P50_RATIO_MAX = 1;

/** How long one client waits that asks again when it has its answer: nothing queues. */
export const latencyPart: Part = async (options) => {
  await using stack = new AsyncDisposableStack();
  const sides = [await sideOf(options.etcd, options, stack), await sideOf(options.ours, options, stack)];
  const measured = await measure(sides, options.rounds, (what) => {
    options.progress(`latency, ${what}`);
  });
  const rows = ASKED.flatMap((request): readonly ComparedRow[] => [
    {
      title: `${request}, p50`,
      figure: `${request} p50`,
      format: digits(3),
      target: { kind: 'ratio at most', value: P50_RATIO_MAX },
    },
    { title: `${request}, p99`, figure: `${request} p99`, format: digits(3) },
  ]);
  return { text: comparisonTable('one client at one node, ms', measured, rows), raw: measured };
};

async function sideOf(launcher: Launcher, options: PartOptions, stack: AsyncDisposableStack): Promise<Side> {
  const { name } = launcher;
  options.progress(`latency: starting ${name}`);
  const cluster = stack.use(await launcher.start(await options.newFolder(), 1));
  const loader = new Loader(cluster, options);
  for (const request of ASKED) await loader.warmUp(request);
  const log = join(options.files.folder, `${name}.tsv`);
  return {
    name,
    round: async () => {
      const figures: Record<string, number> = {};
      for (const request of ASKED) {
        // h2load appends to it.
        await rm(log, { force: true });
        await loader.check(request, ONE_CLIENT, log);
        const times = readTimes(await readFile(log, 'utf8'));
        figures[`${request} p50`] = percentileOf(times, 0.5);
        figures[`${request} p99`] = percentileOf(times, 0.99);
      }
      return figures;
    },
  };
}
