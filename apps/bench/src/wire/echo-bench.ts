import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { measure, type Measured, type Side } from '../measurement.ts';
import { digits, tableOf, whole, type Column } from '../table.ts';
import { checkEcho } from './check-echo.ts';
import { EchoBodies } from './echo-bodies.ts';
import { ECHO_PATH } from './echo-service.ts';
import { ECHO_SIDE_NAMES, type EchoSide } from './echo-sides.ts';
import { h2load, LOAD_SECONDS_MIN, WARM_UP_MS, type H2loadResult, type Load } from './h2load.ts';
import type { PartOptions, PartResult } from './part.ts';
import type { Pinning } from './pinning.ts';
import { ServingProcess } from './serving-process.ts';

const SMALL_BYTES = 129;
const LARGE_BYTES = 1_048_576;
/** By the size of their messages. */
const WARM_UP_REQUESTS = { [SMALL_BYTES]: 2_000, [LARGE_BYTES]: 100 };
/** What a round of a side does, its time shared equally. */
const LOADS = [
  { name: '1 × 1', connections: 1, streams: 1, messageBytes: SMALL_BYTES, transport: 'plain' },
  { name: '64 × 1', connections: 64, streams: 1, messageBytes: SMALL_BYTES, transport: 'plain' },
  { name: '16 × 16', connections: 16, streams: 16, messageBytes: SMALL_BYTES, transport: 'plain' },
  { name: '64 × 1, TLS', connections: 64, streams: 1, messageBytes: SMALL_BYTES, transport: 'tls' },
  { name: '4 × 1, 1 MiB', connections: 4, streams: 1, messageBytes: LARGE_BYTES, transport: 'plain' },
] as const satisfies readonly LoadRow[];

interface LoadRow {
  readonly name: string;
  readonly connections: number;
  readonly streams: number;
  readonly messageBytes: typeof SMALL_BYTES | typeof LARGE_BYTES;
  readonly transport: 'plain' | 'tls';
}

/** Unary echoes of each server, as h2load asks for them. */
export async function benchEcho({ rounds, seconds, progress, pinned }: PartOptions): Promise<PartResult> {
  await using bodies = await EchoBodies.write([...new Set(LOADS.map(({ messageBytes }) => messageBytes))]);
  await using stack = new AsyncDisposableStack();
  const sides: Side[] = [];
  for (const name of ECHO_SIDE_NAMES) {
    progress(`echo: starting and checking ${name}`);
    const echoing = stack.use(await EchoingSide.start(name, bodies, pinned));
    await echoing.warmUp();
    sides.push({ name, round: () => echoing.run(seconds) });
  }
  const measured = await measure(sides, rounds, (what) => {
    progress(`echo, ${what}`);
  });
  return { text: textOf(measured), raw: measured };
}

/** One server in two processes, without TLS and with it. */
class EchoingSide implements AsyncDisposable {
  readonly #processes: Readonly<Record<'plain' | 'tls', ServingProcess>>;
  readonly #bodies: EchoBodies;
  readonly #pinned: Pinning;

  private constructor(
    processes: Readonly<Record<'plain' | 'tls', ServingProcess>>,
    bodies: EchoBodies,
    pinned: Pinning,
  ) {
    this.#processes = processes;
    this.#bodies = bodies;
    this.#pinned = pinned;
  }

  /** h2load sees no trailers: that the status is 0 and the message the same is seen here. @throws Error when not */
  static async start(name: EchoSide, bodies: EchoBodies, pinned: Pinning): Promise<EchoingSide> {
    const start = async (transport: 'plain' | 'tls'): Promise<ServingProcess> => {
      const serving = await ServingProcess.start(
        new URL('./echo-server.ts', import.meta.url),
        [name, transport],
        pinned,
      );
      for (const messageBytes of [SMALL_BYTES, LARGE_BYTES]) await checkEcho(serving.port, transport, messageBytes);
      return serving;
    };
    return new EchoingSide({ plain: await start('plain'), tls: await start('tls') }, bodies, pinned);
  }

  /** What is compiled during the first requests is compiled here. */
  async warmUp(): Promise<void> {
    for (const load of LOADS) await this.#load(load, { requests: WARM_UP_REQUESTS[load.messageBytes] });
  }

  async run(seconds: number): Promise<Readonly<Record<string, number>>> {
    const figures: Record<string, number> = {};
    for (const load of LOADS) {
      const amount = { seconds: Math.max(LOAD_SECONDS_MIN, seconds / LOADS.length) };
      const cpuShare = cpuShareOf(this.#processes[load.transport], amount.seconds);
      const [{ perSecond }, share] = await Promise.all([this.#load(load, amount), cpuShare]);
      figures[`${load.name} perSecond`] = perSecond;
      figures[`${load.name} cpuMicros`] = (share / perSecond) * 1e6;
    }
    return figures;
  }

  #load({ transport, connections, streams, messageBytes }: LoadRow, amount: Load['amount']): Promise<H2loadResult> {
    const scheme = transport === 'tls' ? 'https' : 'http';
    const url = `${scheme}://127.0.0.1:${this.#processes[transport].port}${ECHO_PATH}`;
    return h2load({ url, body: this.#bodies.file(messageBytes), connections, streams, amount }, this.#pinned);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const serving of Object.values(this.#processes)) await serving[Symbol.asyncDispose]();
  }
}

/** What a server under load takes of its core; the warm-up is left out. */
async function cpuShareOf(serving: ServingProcess, loadSeconds: number): Promise<number> {
  const schema = z.object({ cpuMicros: z.number(), atMs: z.number() });
  await sleep(WARM_UP_MS + loadSeconds * 100);
  const before = await serving.ask('usage', schema);
  await sleep(loadSeconds * 700);
  const after = await serving.ask('usage', schema);
  return (after.cpuMicros - before.cpuMicros) / 1_000 / (after.atMs - before.atMs);
}

function textOf(measured: readonly Measured[]): string {
  const rates = LOADS.map(({ name }): Column => ({
    figure: `${name} perSecond`,
    title: name,
    format: whole,
    ratio: true,
  }));
  const costs = LOADS.map(({ name }): Column => ({
    figure: `${name} cpuMicros`,
    title: name,
    format: digits(1),
    ratio: true,
  }));
  return [
    tableOf('gRPC echo, calls/s at connections × streams', measured, rates),
    tableOf('CPU µs of the server a call', measured, costs),
    'A message has 129 bytes, or 1 MiB: as many MiB/s as calls, each way.',
  ].join('\n\n');
}
