import { measure, type Side } from '../measurement.ts';
import { spreadOf } from '../statistics.ts';
import { digits, whole } from '../table.ts';
import type { Launcher } from './cluster.ts';
import { comparisonTable, type ComparedRow } from './comparison.ts';
import type { Part, PartOptions } from './part.ts';
import { cpuMicrosOf } from './processes.ts';
import { WatchCrowd, type FanOut } from './watch-crowd.ts';

const CROWDS = [1_000, 10_000] as const;
const WARM_UP_PUTS = 5;
/** Of each crowd in a round, at least: of fewer there is no median. */
const PUTS_MIN = 5;

/** One put, and how long it takes until everybody who watches has heard of it. */
export const watchPart: Part = async (options) => {
  const sides = [options.etcd, options.ours].map((launcher) => sideOf(launcher, options));
  const measured = await measure(sides, options.rounds, (what) => {
    options.progress(`watch, ${what}`);
  });
  const rows = CROWDS.flatMap((watchers): readonly ComparedRow[] => [
    { title: `${whole(watchers)}: ms from the put to the last event`, figure: `${watchers} sent`, format: digits(1) },
    { title: 'ms from its answer', figure: `${watchers} answered`, format: digits(1) },
    { title: 'events/s', figure: `${watchers} perSecond`, format: whole },
    { title: 'CPU µs of the server an event', figure: `${watchers} cpuMicros`, format: digits(2) },
    { title: 'share of its core that the driver took', figure: `${watchers} driver`, format: digits(2) },
  ]);
  return { text: comparisonTable('watchers with a stream each', measured, rows), raw: measured };
};

function sideOf(launcher: Launcher, options: PartOptions): Side {
  return {
    name: launcher.name,
    round: async () => {
      const figures: Record<string, number> = {};
      for (const watchers of CROWDS) {
        await using cluster = await launcher.start(await options.newFolder(), 1);
        await using crowd = await WatchCrowd.open(cluster.port, watchers);
        for (let put = 0; put < WARM_UP_PUTS; put += 1) await crowd.put();
        Object.assign(figures, await putForSeconds(crowd, watchers, cluster.pids, options.seconds / CROWDS.length));
      }
      return figures;
    },
  };
}

async function putForSeconds(
  crowd: WatchCrowd,
  watchers: number,
  pids: readonly number[],
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const [startedAt, cpuBefore, ownBefore] = [performance.now(), await cpuMicrosOf(pids), process.cpuUsage()];
  const taken: FanOut[] = [];
  while (taken.length < PUTS_MIN || performance.now() - startedAt < seconds * 1_000) taken.push(await crowd.put());
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(ownBefore);
  const events = watchers * taken.length;
  return {
    [`${watchers} sent`]: spreadOf(taken.map(({ sinceSentMs }) => sinceSentMs)).median,
    [`${watchers} answered`]: spreadOf(taken.map(({ sinceAnsweredMs }) => sinceAnsweredMs)).median,
    [`${watchers} perSecond`]: (events / elapsedMs) * 1_000,
    [`${watchers} cpuMicros`]: ((await cpuMicrosOf(pids)) - cpuBefore) / events,
    [`${watchers} driver`]: (user + system) / 1_000 / elapsedMs,
  };
}
