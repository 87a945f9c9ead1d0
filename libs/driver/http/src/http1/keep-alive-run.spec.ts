import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Asking } from './testing/asking.ts';
import { startAnswering } from './testing/answering.ts';
import { eventually } from './testing/eventually.ts';

const REQUESTS = 10_000;
const CONNECTIONS = 500;

/** @returns bytes of a server's memory for each connection that has asked once and is idle */
async function bytesPerConnection(kind: 'bare' | 'ours'): Promise<number> {
  const script = fileURLToPath(new URL('./testing/measured-server.ts', import.meta.url));
  const server = spawn(process.execPath, ['--expose-gc', script, kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<number> => Number((await lines.next()).value);
  const measured = (): Promise<number> => {
    server.stdin.write('now\n');
    return next();
  };
  const port = await next();
  const open = async (count: number): Promise<Socket[]> => {
    let answered = 0;
    const sockets = Array.from({ length: count }, () => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('data', () => (answered += 1));
      socket.write('GET /hello HTTP/1.1\r\nhost: a\r\n\r\n');
      return socket;
    });
    await eventually(() => answered === count);
    return sockets;
  };
  // Once for what is loaded and compiled on the way.
  const first = await open(20);
  await measured();
  const before = await measured();
  const more = await open(CONNECTIONS);
  await measured();
  const after = await measured();
  for (const socket of [...first, ...more]) socket.destroy();
  server.stdin.end();
  await once(server, 'close');
  return Math.round((after - before) / CONNECTIONS);
}

describe('ten thousand requests', () => {
  it('leave the counters of both ends in agreement', async () => {
    await using server = await startAnswering();
    using asking = new Asking(server.port, { connectionsMax: 20 });
    const each = REQUESTS / 10;
    let content = 0;
    for (let round = 0; round < 10; round += 1) {
      const calls = Array.from({ length: each }, (_, index) =>
        index % 2 === 0
          ? asking.ask(`/bytes/${index}`)
          : asking.ask('/echo', { method: 'POST', content: Buffer.alloc(index, 'y') }),
      );
      for (const failure of await Promise.all(calls.map((call) => call.done))) expect(failure).toBeUndefined();
      for (const call of calls) content += call.text.length;
    }
    const { counters } = asking.pool;
    expect(content).toBe((10 * each * (each - 1)) / 2);
    expect(counters).toMatchObject({ requests: REQUESTS, requestsOpen: 0, requestsBroken: 0, connections: 20 });
    expect(server.counters).toMatchObject({ requests: REQUESTS, requestsOpen: 0, requestsBroken: 0, connections: 20 });
    expect(server.counters.bytesRead).toBe(counters.bytesWritten);
    expect(server.counters.bytesWritten).toBe(counters.bytesRead);
    expect(server.handler.asked.every((asked) => asked.isClosed)).toBe(true);
    asking.pool.drain();
    await eventually(() => server.counters.connectionsOpen === 0 && counters.connectionsOpen === 0);
    expect(server.counters).toMatchObject({ connectionErrors: 0, timeOuts: 0, connectionsRefused: 0 });
  });
});

describe('an idle connection', () => {
  it('has a price in memory, which is printed', async () => {
    const [bare, ours] = [await bytesPerConnection('bare'), await bytesPerConnection('ours')];
    process.stdout.write(`an idle connection: ${ours} bytes, of which ${bare} are those of a bare socket\n`);
    expect([bare, ours].every(Number.isFinite)).toBe(true);
  });
});
