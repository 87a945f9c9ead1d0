import { z } from 'zod';
import { digits } from '../table.ts';
import { h2load, LOAD_SECONDS_MIN, type H2loadResult, type Load } from '../wire/h2load.ts';
import { costTable, type Profiled } from '../wire/profile-bench.ts';
import { costsByPlace } from '../wire/self-cost.ts';
import type { ServingProcess } from '../wire/serving-process.ts';
import { HOST } from './cluster.ts';
import { Loader } from './loading.ts';
import type { OurCluster } from './ours.ts';
import type { Part, PartOptions } from './part.ts';
import { REQUESTS, type RequestName } from './requests.ts';
import { WatchCrowd } from './watch-crowd.ts';

const LOAD = { name: '16 × 16', connections: 16, streams: 16 };
const CALLS_MIN = 20_000;
const WATCHERS = 1_000;
const PUTS_WATCHED = 50;
const costsSchema = z.array(z.object({ name: z.string(), where: z.string(), cost: z.number() }));

/** What a profile is of: whoever is profiled, and what is done so many times meanwhile. */
interface Profilee {
  readonly title: string;
  readonly unit: string;
  readonly process: ServingProcess;
  readonly calls: number;
  readonly work: () => Promise<unknown>;
}

/** Where the time and the bytes of ours go; the profiler itself takes some of both. */
export const profilePart: Part = async (options) => {
  const { ours, newFolder } = options;
  const texts: string[] = [];
  const raw: Record<string, unknown> = {};
  const profile = async (profilee: Profilee): Promise<void> => {
    options.progress(`profile of ${profilee.title}`);
    const profiles = await profileOf(profilee);
    texts.push(textOf(profilee, profiles));
    raw[profilee.title] = profiles;
  };
  {
    await using one = await ours.start(await newFolder(), 1);
    for (const request of ['put', 'range', 'serializable range'] as const) {
      await profile({ ...(await loaded(one, request, options)), title: `a ${request}`, process: one.leader });
    }
  }
  {
    await using three = await ours.start(await newFolder(), 3);
    const puts = await loaded(three, 'put', options);
    await profile({ ...puts, title: 'a put on three nodes, who leads', process: three.leader });
    for (const process of three.followers.slice(0, 1)) {
      await profile({ ...puts, title: 'a put on three nodes, who follows', process });
    }
  }
  await using watched = await ours.start(await newFolder(), 1);
  await using crowd = await WatchCrowd.open(watched.port, WATCHERS);
  const work = async (): Promise<void> => {
    for (let put = 0; put < PUTS_WATCHED; put += 1) await crowd.put();
  };
  await work();
  const calls = PUTS_WATCHED * WATCHERS;
  await profile({ title: 'an event of a watch', unit: 'an event', process: watched.leader, calls, work });
  return { text: texts.join('\n\n'), raw };
};

/** Requests at 16 × 16, as many as are answered in half a round, and enough to be seen. */
async function loaded(
  cluster: OurCluster,
  request: RequestName,
  { files, pinned, seconds }: PartOptions,
): Promise<Pick<Profilee, 'unit' | 'calls' | 'work'>> {
  const url = `http://${HOST}:${cluster.port}${REQUESTS[request].path}`;
  const { connections, streams } = LOAD;
  const load = (amount: Load['amount']): Promise<H2loadResult> =>
    h2load({ url, body: files.of(request), connections, streams, amount, fields: [] }, pinned);
  const loader = new Loader(cluster, { files, pinned });
  await loader.check('put', LOAD);
  await loader.warmUp(request);
  const { requests } = await load({ seconds: Math.max(LOAD_SECONDS_MIN, seconds / 2) });
  const calls = Math.max(CALLS_MIN, requests);
  return { unit: 'a call', calls, work: () => load({ requests: calls }) };
}

interface Profiles {
  readonly time: Profiled;
  readonly allocations: Profiled;
}

async function profileOf({ process, calls, work }: Profilee): Promise<Profiles> {
  const profiled = async (kind: 'Time' | 'Allocations'): Promise<Profiled> => {
    await process.ask(`start${kind}`, z.unknown());
    await work();
    return { calls, costs: await process.ask(`end${kind}`, costsSchema) };
  };
  return { time: await profiled('Time'), allocations: await profiled('Allocations') };
}

function textOf({ title, unit }: Profilee, { time, allocations }: Profiles): string {
  const byPlace = { ...time, costs: costsByPlace(time.costs) };
  return [
    costTable(`${title}: time by place`, `µs ${unit}`, byPlace, digits(2)),
    costTable(`${title}: self time`, `µs ${unit}`, time, digits(2)),
    costTable(`${title}: self-allocated`, `bytes ${unit}`, allocations, digits(0)),
  ].join('\n\n');
}
