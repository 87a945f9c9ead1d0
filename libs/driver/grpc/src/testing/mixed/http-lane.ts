import type { Rng } from '@portolan/kernel';
import { sizeOf, underTerms, type Replaced } from './torn.ts';
import type { Lane, Outcome } from './traffic.ts';

const WORKERS = 4;

export interface FetchOptions {
  readonly method: string;
  readonly signal: AbortSignal;
  readonly body?: Buffer<ArrayBuffer>;
}

interface Answer {
  readonly status: number;
  readonly body: { cancel(): Promise<void> } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What Node's `fetch` and that of undici have in common. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Answer>;

/**
 * Requests to servers of `Answering`, through one client at a time.
 * @param uploads whether one may be given up before its answer begins, which `/echo` does when it has all of the content
 */
export function httpLane(
  name: string,
  origin: string,
  fetcher: Replaced<Fetch>,
  uploads: 'are given up' | 'are sent whole',
): Lane {
  return {
    name,
    workers: WORKERS,
    act: (rng) =>
      underTerms(fetcher, rng, (fetch, { signal, timeoutMs }) => {
        const both = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        return rng.below(2) === 0 ? download(fetch, origin, rng, both) : upload(fetch, origin, rng, both, uploads);
      }),
  };
}

async function download(fetch: Fetch, origin: string, rng: Rng, signal: AbortSignal): Promise<Outcome> {
  const size = sizeOf(rng);
  const response = await fetch(`${origin}/bytes/${size}`, { method: 'GET', signal });
  return read(response, size, rng);
}

async function upload(
  fetch: Fetch,
  origin: string,
  rng: Rng,
  signal: AbortSignal,
  uploads: 'are given up' | 'are sent whole',
): Promise<Outcome> {
  const size = sizeOf(rng);
  const whole = new AbortController();
  const body = Buffer.alloc(size, 'x');
  const given = uploads === 'are given up' ? signal : whole.signal;
  const response = await fetch(`${origin}/echo`, { method: 'POST', body, signal: given });
  const giveUp = (): void => {
    whole.abort();
  };
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await read(response, size, rng);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function read(response: Answer, size: number, rng: Rng): Promise<Outcome> {
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  if (rng.below(20) === 0) {
    await response.body?.cancel();
    return 'left early';
  }
  const { byteLength } = await response.arrayBuffer();
  if (byteLength !== size) throw new Error(`answered ${byteLength} bytes, where ${size} were to come`);
  return 'answered';
}
