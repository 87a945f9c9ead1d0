import { measure, type Measured, type Side } from '../measurement.ts';
import { digits, whole } from '../table.ts';
import { h2load, LOAD_SECONDS_MIN, type H2loadResult, type Load } from '../wire/h2load.ts';
import { ECHO_PATH } from '../wire/echo-service.ts';
import { ServingProcess } from '../wire/serving-process.ts';
import { HOST, type Launcher } from './cluster.ts';
import { comparisonTable, type ComparedRow, type Target } from './comparison.ts';
import { Loader, type Shape } from './loading.ts';
import type { Part, PartOptions } from './part.ts';
import type { RequestName } from './requests.ts';

const SHAPES: readonly Shape[] = [
  { name: '1 × 1', connections: 1, streams: 1 },
  { name: '64 × 1', connections: 64, streams: 1 },
  { name: '16 × 16', connections: 16, streams: 16 },
  { name: '512 × 1', connections: 512, streams: 1 },
];
const ASKED: readonly RequestName[] = ['put', 'range', 'serializable range'];

/** At which loads, of what, there is a ratio to reach. */
const AIMED_SHAPES: readonly string[] = ['64 × 1', '16 × 16'];
const AIMED: readonly RequestName[] = ['put', 'range'];
const RATIO_MIN = { 1: 2, 3: 1.5 } as const;
const WARM_UP_REQUESTS = 3_000;

/** Puts and ranges as h2load asks for them, of a cluster of so many members. All members share the servers' core. */
export function loadPart(members: 1 | 3): Part {
  return async (options) => {
    await using stack = new AsyncDisposableStack();
    const sides = [
      await serverSide(options.etcd, members, options, stack),
      await ceilingSide(options, stack),
      await serverSide(options.ours, members, options, stack),
    ];
    const measured = await measure(sides, options.rounds, (what) => {
      options.progress(`${nodes(members)}, ${what}`);
    });
    return { text: textOf(members, measured), raw: measured };
  };
}

const nodes = (members: 1 | 3): string => (members === 1 ? 'one node' : 'three nodes');

async function serverSide(
  launcher: Launcher,
  members: 1 | 3,
  options: PartOptions,
  stack: AsyncDisposableStack,
): Promise<Side> {
  const { name } = launcher;
  options.progress(`${nodes(members)}: starting and checking ${name}`);
  const cluster = stack.use(await launcher.start(await options.newFolder(), members));
  const loader = new Loader(cluster, options);
  for (const request of ASKED) {
    await loader.warmUp(request);
    for (const shape of SHAPES) await loader.check(request, shape);
  }
  const seconds = secondsOf(options, ASKED.length * SHAPES.length);
  return {
    name,
    round: async () => {
      const figures: Record<string, number> = {};
      for (const request of ASKED) {
        for (const shape of SHAPES) {
          const { perSecond, cpuMicros } = await loader.measure(request, shape, seconds);
          figures[rateOf(request, shape)] = perSecond;
          figures[costOf(request, shape)] = cpuMicros;
        }
      }
      return figures;
    },
  };
}

/** What h2load itself can do on its core: a server that only sends back what it was sent, here a put. */
async function ceilingSide({ files, pinned, seconds }: PartOptions, stack: AsyncDisposableStack): Promise<Side> {
  const script = new URL('../wire/echo-server.ts', import.meta.url);
  const echo = stack.use(await ServingProcess.start(script, ['startFastServer, bytes', 'plain'], pinned));
  const url = `http://${HOST}:${echo.port}${ECHO_PATH}`;
  const amount = { seconds: secondsOf({ seconds }, ASKED.length * SHAPES.length) };
  const load = (shape: Shape, amount: Load['amount']): Promise<H2loadResult> => {
    const { connections, streams } = shape;
    return h2load({ url, body: files.of('put'), connections, streams, amount, fields: [] }, pinned);
  };
  for (const shape of SHAPES) await load(shape, { requests: WARM_UP_REQUESTS });
  return {
    name: 'h2load’s ceiling',
    round: async () => {
      const figures: Record<string, number> = {};
      for (const shape of SHAPES) {
        const { perSecond } = await load(shape, amount);
        for (const request of ASKED) figures[rateOf(request, shape)] = perSecond;
      }
      return figures;
    },
  };
}

const secondsOf = ({ seconds }: Pick<PartOptions, 'seconds'>, loads: number): number =>
  Math.max(LOAD_SECONDS_MIN, seconds / loads);
const rateOf = (request: RequestName, shape: Shape): string => `${request} ${shape.name} perSecond`;
const costOf = (request: RequestName, shape: Shape): string => `${request} ${shape.name} cpuMicros`;

function textOf(members: 1 | 3, measured: readonly Measured[]): string {
  const target = (request: RequestName, shape: Shape): Target | undefined =>
    AIMED.includes(request) && AIMED_SHAPES.includes(shape.name)
      ? { kind: 'ratio at least', value: RATIO_MIN[members] }
      : undefined;
  const rows = (figure: typeof rateOf, format: ComparedRow['format'], isAimed: boolean): readonly ComparedRow[] =>
    ASKED.flatMap((request) =>
      SHAPES.map((shape) => ({
        title: `${request}, ${shape.name}`,
        figure: figure(request, shape),
        format,
        target: isAimed ? target(request, shape) : undefined,
      })),
    );
  const servers = measured.filter((_side, index) => index !== 1);
  return [
    comparisonTable(`${nodes(members)}, requests/s`, measured, rows(rateOf, whole, true)),
    comparisonTable(`${nodes(members)}, CPU µs of all servers a request`, servers, rows(costOf, digits(1), false)),
  ].join('\n\n');
}
