import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createCounters, http2Protocol, startServer } from '@portolan/http';
import { answerParent } from './answer-parent.ts';

const HOST = '127.0.0.1';
const nothing = (): void => undefined;

/** A server that never answers, so that streams stay. */
interface SilentServer {
  readonly port: number;
  /** Connections that are open, and requests that there ever were. */
  count(): Promise<{ readonly connections: number; readonly requests: number }>;
}

async function startNodeHttp2(): Promise<SilentServer> {
  let requests = 0;
  const server = createServer();
  server.on('stream', (stream) => {
    requests += 1;
    // Its client goes without an answer.
    stream.on('error', nothing);
  });
  const listening = Promise.withResolvers<AddressInfo>();
  server.listen(0, HOST, () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) listening.resolve(address);
  });
  const { port } = await listening.promise;
  const count: SilentServer['count'] = () =>
    new Promise((resolve, reject) => {
      server.getConnections((error, connections) => {
        if (error === null) resolve({ connections, requests });
        else reject(error);
      });
    });
  return { port, count };
}

async function startOurs(): Promise<SilentServer> {
  const counters = createCounters();
  const handler = { onHead: (): number => 0, onData: nothing, onEnd: nothing, onWritable: nothing, onClose: nothing };
  const protocols = { h2: http2Protocol({ handler, counters }) };
  const { port } = await startServer({ bind: { host: HOST, port: 0 }, protocols, counters });
  return { port, count: async () => ({ connections: counters.connectionsOpen, requests: counters.requests }) };
}

const SERVERS: Readonly<Record<string, () => Promise<SilentServer>>> = {
  'node:http2': startNodeHttp2,
  '@portolan/http': startOurs,
};

/** After collections, with turns between them for what ends when its object is gone. */
async function memoryNow(): Promise<NodeJS.MemoryUsage> {
  for (let collection = 0; collection < 3; collection += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage();
}

const [name = ''] = process.argv.slice(2);
const start = SERVERS[name];
if (start === undefined) throw new Error(`there is no side "${name}"`);
const server = await start();
answerParent(server.port, { memory: memoryNow, count: () => server.count() });
