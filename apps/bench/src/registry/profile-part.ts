import { z } from 'zod';
import { digits } from '../table.ts';
import { h2load, LOAD_SECONDS_MIN, type H2loadResult, type Load } from '../wire/h2load.ts';
import { costTable, type Profiled } from '../wire/profile-bench.ts';
import { costsByPlace } from '../wire/self-cost.ts';
import { HOST } from './cluster.ts';
import { Loader } from './loading.ts';
import type { Part } from './part.ts';
import { REQUESTS, type RequestName } from './requests.ts';

const ASKED: readonly RequestName[] = ['put', 'range', 'serializable range'];
const LOAD = { name: '16 × 16', connections: 16, streams: 16 };
const costsSchema = z.array(z.object({ name: z.string(), where: z.string(), cost: z.number() }));

/** Where the time and the bytes of a call of ours go; the profiler itself takes some of both. */
export const profilePart: Part = async ({ ours, newFolder, files, pinned, seconds, progress }) => {
  await using cluster = await ours.start(await newFolder(), 1);
  const loader = new Loader(cluster, { files, pinned });
  const { connections, streams } = LOAD;
  const texts: string[] = [];
  const raw: Record<string, unknown> = {};
  for (const request of ASKED) {
    const url = `http://${HOST}:${cluster.port}${REQUESTS[request].path}`;
    const load = (amount: Load['amount']): Promise<H2loadResult> =>
      h2load({ url, body: files.of(request), connections, streams, amount, fields: [] }, pinned);
    progress(`profile of a ${request}: warming up`);
    await loader.check(request, LOAD);
    const { requests: calls } = await load({ seconds: Math.max(LOAD_SECONDS_MIN, seconds / 2) });
    const profiled = async (kind: 'Time' | 'Allocations'): Promise<Profiled> => {
      progress(`profile of a ${request}: ${kind.toLowerCase()}`);
      await cluster.leader.ask(`start${kind}`, z.unknown());
      await load({ requests: calls });
      return { calls, costs: await cluster.leader.ask(`end${kind}`, costsSchema) };
    };
    const time = await profiled('Time');
    const allocations = await profiled('Allocations');
    const byPlace = { ...time, costs: costsByPlace(time.costs) };
    texts.push(
      costTable(`${request} at ${LOAD.name}, time by place`, 'µs a call', byPlace, digits(2)),
      costTable(`${request}: self time`, 'µs a call', time, digits(2)),
      costTable(`${request}: self-allocated`, 'bytes a call', allocations, digits(0)),
    );
    raw[request] = { time, allocations };
  }
  return { text: texts.join('\n\n'), raw };
};
