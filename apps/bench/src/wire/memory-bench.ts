import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { measure, type Side } from '../measurement.ts';
import { tableOf, whole, type Column } from '../table.ts';
import { IdleClients } from './idle-clients.ts';
import type { PartOptions, PartResult } from './part.ts';
import type { Pinning } from './pinning.ts';
import { ServingProcess } from './serving-process.ts';

const CONNECTIONS = 1_000;
/** 10,000 streams in all. */
const BUSY = { connections: 100, streams: 100 };
/** Ends of connections arrive when they do. */
const LOOKS_MAX = 500;
const LOOK_AGAIN_MS = 10;
const memorySchema = z.object({ heapUsed: z.number(), external: z.number(), rss: z.number() });
type Memory = z.infer<typeof memorySchema>;

/** What a server holds for connections and streams on which nothing happens. */
export async function benchMemory({ rounds, progress, pinned }: PartOptions): Promise<PartResult> {
  const sides = ['node:http2', '@portolan/http'].map((name): Side => ({ name, round: () => memoryOf(name, pinned) }));
  const measured = await measure(sides, rounds, (what) => {
    progress(`memory, ${what}`);
  });
  const columns = (each: string): readonly Column[] => [
    { figure: `${each} heap`, title: `${each}, heap`, format: whole, ratio: true },
    { figure: `${each} external`, title: 'outside the heap', format: whole },
    { figure: `${each} rss`, title: 'of the process', format: whole },
  ];
  const heading = `bytes: ${whole(CONNECTIONS)} idle connections, ${whole(BUSY.connections * BUSY.streams)} open streams`;
  return { text: tableOf(heading, measured, [...columns('a connection'), ...columns('a stream')]), raw: measured };
}

async function memoryOf(side: string, pinned: Pinning): Promise<Readonly<Record<string, number>>> {
  await using serving = await ServingProcess.start(new URL('./memory-server.ts', import.meta.url), [side], pinned);
  const memory = (): Promise<Memory> => serving.ask('memory', memorySchema);
  {
    // What the first connections and streams load is not theirs.
    using first = new IdleClients(serving.port);
    await first.connect(BUSY.connections);
    await first.open(1);
    await counted(serving, BUSY.connections, BUSY.connections);
  }
  await counted(serving, 0, BUSY.connections);
  const before = await memory();
  using idle = new IdleClients(serving.port);
  await idle.connect(CONNECTIONS);
  await counted(serving, CONNECTIONS, BUSY.connections);
  const connected = await memory();
  using busy = new IdleClients(serving.port);
  await busy.connect(BUSY.connections);
  const waiting = await memory();
  await busy.open(BUSY.streams);
  await counted(serving, CONNECTIONS + BUSY.connections, BUSY.connections + BUSY.connections * BUSY.streams);
  const open = await memory();
  return {
    ...each('a connection', before, connected, CONNECTIONS),
    ...each('a stream', waiting, open, BUSY.connections * BUSY.streams),
  };
}

/** Resolves when the server has so many connections, and so many requests had come. @throws Error when it never does */
async function counted(serving: ServingProcess, connections: number, requests: number): Promise<void> {
  let found = { connections: -1, requests: -1 };
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    found = await serving.ask('count', z.object({ connections: z.int(), requests: z.int() }));
    if (found.connections === connections && found.requests === requests) return;
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`${JSON.stringify(found)} and not ${connections} connections and ${requests} requests`);
}

const each = (what: string, before: Memory, after: Memory, count: number): Readonly<Record<string, number>> => ({
  [`${what} heap`]: (after.heapUsed - before.heapUsed) / count,
  [`${what} external`]: (after.external - before.external) / count,
  [`${what} rss`]: (after.rss - before.rss) / count,
});
