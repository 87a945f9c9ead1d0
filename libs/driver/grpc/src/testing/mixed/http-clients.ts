import { AUTHORITY } from '@portolan/http/testing';
import { Agent, fetch as undiciFetch, type Agent as UndiciAgent } from 'undici';
import { httpLane, type Fetch } from './http-lane.ts';
import type { Side } from './side.ts';
import { Replaced } from './torn.ts';
import { trafficSide } from './traffic-side.ts';

/** @param ports of the server without TLS and of that with it */
export function openHttpClients(seed: number, [plainPort = 0, tlsPort = 0]: readonly number[]): Side {
  const plain = `http://127.0.0.1:${plainPort}`;
  const tls = `https://127.0.0.1:${tlsPort}`;
  const nodes = new Replaced<Fetch>(
    () => fetch,
    async () => undefined,
  );
  const clients = [
    ['fetch of Node', plain, nodes, 'are given up'],
    ['undici, HTTP/1.1', plain, undici(HTTP1), 'are given up'],
    ['undici, HTTP/1.1 over TLS', tls, undici(HTTP1), 'are given up'],
    // Node's client of HTTP/2 locks up otherwise, as node-lost-reset.long.ts shows.
    ['undici, HTTP/2 over TLS', tls, undici(HTTP2), 'are sent whole'],
  ] as const;
  const lanes = clients.map(([name, origin, fetcher, uploads]) => httpLane(name, origin, fetcher, uploads));
  return trafficSide(lanes, seed, async () => {
    await Promise.all(clients.map(([, , fetcher]) => fetcher.dispose()));
  });
}

interface UndiciTerms {
  /** Whether it may speak HTTP/2; without TLS nothing tells it that it can. */
  readonly allowH2: boolean;
  readonly close: (agent: UndiciAgent) => Promise<void>;
}

const HTTP1: UndiciTerms = { allowH2: false, close: (agent) => agent.destroy() };
/**
 * What is under way is waited for. Where an agent is destroyed with it, Node 26.10 with undici 8.12 damages its own heap, also
 * against a server of `node:http2`: a client that did so every 40 requests died of SIGSEGV in half of all runs of 15 s, in
 * `Http2Stream::Destroy` or in the sweeping of array buffers, or took the date of a certificate for malformed.
 */
const HTTP2: UndiciTerms = { allowH2: true, close: (agent) => agent.close() };

function undici({ allowH2, close }: UndiciTerms): Replaced<Fetch> {
  const agents = new WeakMap<Fetch, UndiciAgent>();
  const open = (): Fetch => {
    const dispatcher = new Agent({ allowH2, connect: { ca: AUTHORITY } });
    const fetcher: Fetch = (url, options) => undiciFetch(url, { ...options, dispatcher });
    agents.set(fetcher, dispatcher);
    return fetcher;
  };
  return new Replaced(open, async (fetcher) => {
    const agent = agents.get(fetcher);
    if (agent !== undefined) await close(agent);
  });
}
