import { z } from 'zod';
import { digits } from '../table.ts';
import { EchoBodies } from './echo-bodies.ts';
import { ECHO_PATH } from './echo-service.ts';
import type { EchoSide } from './echo-sides.ts';
import { h2load, LOAD_SECONDS_MIN, type H2loadResult, type Load } from './h2load.ts';
import type { PartOptions, PartResult } from './part.ts';
import { costsByPlace, type SelfCost } from './self-cost.ts';
import { ServingProcess } from './serving-process.ts';

/** An ordinary handler, and one that answers from bytes: what the first one's calls cost besides is what the second one's are spared. */
const SIDES: readonly EchoSide[] = ['startFastServer', 'startFastServer, bytes'];
const LOAD = { connections: 16, streams: 16 };
const MESSAGE_BYTES = 129;
/** Rows of a table. */
const HEAVIEST = 10;
const costsSchema = z.array(z.object({ name: z.string(), where: z.string(), cost: z.number() }));

/** Where the time and the bytes of the fast server's calls go; the profiler itself takes some of both. */
export async function profileEcho(options: PartOptions): Promise<PartResult> {
  const results: PartResult[] = [];
  for (const side of SIDES) results.push(await profileSide(side, options));
  return { text: results.map(({ text }) => text).join('\n\n'), raw: results.map(({ raw }) => raw) };
}

async function profileSide(side: EchoSide, { seconds, progress, pinned }: PartOptions): Promise<PartResult> {
  await using bodies = await EchoBodies.write([MESSAGE_BYTES]);
  await using serving = await ServingProcess.start(
    new URL('./echo-server.ts', import.meta.url),
    [side, 'plain'],
    pinned,
  );
  const url = `http://127.0.0.1:${serving.port}${ECHO_PATH}`;
  const load = (amount: Load['amount']): Promise<H2loadResult> =>
    h2load({ url, body: bodies.file(MESSAGE_BYTES), ...LOAD, amount }, pinned);
  progress(`profile of ${side}: warming up`);
  const { requests: calls } = await load({ seconds: Math.max(LOAD_SECONDS_MIN, seconds / 2) });
  const profiled = async (kind: 'Time' | 'Allocations'): Promise<Profiled> => {
    progress(`profile of ${side}: ${kind.toLowerCase()}`);
    await serving.ask(`start${kind}`, z.unknown());
    await load({ requests: calls });
    return { calls, costs: await serving.ask(`end${kind}`, costsSchema) };
  };
  const time = await profiled('Time');
  const allocations = await profiled('Allocations');
  const text = [
    costTable(
      `${side} at 16 × 16, time by place`,
      'µs a call',
      { ...time, costs: costsByPlace(time.costs) },
      digits(2),
    ),
    costTable(`${side}: self time`, 'µs a call', time, digits(2)),
    costTable(`${side}: self-allocated`, 'bytes a call', allocations, digits(0)),
  ].join('\n\n');
  return { text, raw: { side, time, allocations } };
}

export interface Profiled {
  readonly calls: number;
  readonly costs: readonly SelfCost[];
}

export function costTable(
  heading: string,
  unit: string,
  { calls, costs }: Profiled,
  format: (value: number) => string,
): string {
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  const row = (name: string, where: string, cost: number): string =>
    `| ${name} | ${where} | ${format(cost / calls)} | ${digits(1)((cost / total) * 100)}% |`;
  return [
    `| ${heading} | where | ${unit} | share |`,
    '| --- | --- | --- | --- |',
    ...costs.slice(0, HEAVIEST).map(({ name, where, cost }) => row(name, where, cost)),
    row('all', '', total),
  ].join('\n');
}
