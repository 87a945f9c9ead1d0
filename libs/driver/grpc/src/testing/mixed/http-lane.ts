import type { Rng } from '@portolan/kernel';
import { sizeOf, underTerms, type Replaced } from './torn.ts';
import type { Lane, Outcome } from './traffic.ts';

const WORKERS = 4;

export interface FetchOptions {
  readonly method: string;
  readonly signal: AbortSignal;
  readonly body?: Buffer<ArrayBuffer>;
}

/** What Node's `fetch` and that of undici have in common. */
export type Fetch = (
  url: string,
  options: FetchOptions,
) => Promise<{
  readonly status: number;
  readonly body: { cancel(): Promise<void> } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

/** Requests to servers of `Answering`, through one client at a time. */
export function httpLane(name: string, origin: string, fetcher: Replaced<Fetch>): Lane {
  return {
    name,
    workers: WORKERS,
    act: (rng) =>
      underTerms(fetcher, rng, (fetch, { signal, timeoutMs }) => {
        const both = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        return ask(fetch, origin, rng, both);
      }),
  };
}

async function ask(fetch: Fetch, origin: string, rng: Rng, signal: AbortSignal): Promise<Outcome> {
  const size = sizeOf(rng);
  const posts = rng.below(2) === 0;
  const response = posts
    ? await fetch(`${origin}/echo`, { method: 'POST', body: Buffer.alloc(size, 'x'), signal })
    : await fetch(`${origin}/bytes/${size}`, { method: 'GET', signal });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  if (rng.below(20) === 0) {
    await response.body?.cancel();
    return 'left early';
  }
  const { byteLength } = await response.arrayBuffer();
  if (byteLength !== size) throw new Error(`answered ${byteLength} bytes, where ${size} were to come`);
  return 'answered';
}
