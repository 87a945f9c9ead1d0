import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Pinning } from './pinning.ts';

/** Fields of every request. */
const FIELDS = ['content-type: application/grpc', 'te: trailers'];
/** As gRPC clients send them: a deadline and metadata of their own. */
const FIELDS_OF_CLIENTS = ['grpc-timeout: 5S', 'x-tenant: acme'];
const run = promisify(execFile);

/**
 * Before the time begins, h2load makes its connections and warms up; one that is in its TLS handshake when the time is over would keep
 * h2load 1.52 running for good.
 */
export const WARM_UP_MS = 500;
/** On a busy machine a server that is cold answers nothing in less. */
export const LOAD_SECONDS_MIN = 1;
/** So long after it should have ended, it hangs; servers here answer more than one request a millisecond. */
const HANGS_MS = 60_000;

export const hasH2load = (): boolean => spawnSync('h2load', ['--version']).status === 0;
export const h2loadVersion = (): string => spawnSync('h2load', ['--version'], { encoding: 'utf8' }).stdout.trim();

export interface Load {
  readonly url: string;
  /** File with the content of each request: gRPC's prefix of 5 bytes and a message. */
  readonly body: string;
  readonly connections: number;
  /** At a time on each connection. */
  readonly streams: number;
  /** So long, `LOAD_SECONDS_MIN` at least, after a warm-up; or so many, the first ones too. */
  readonly amount: { readonly seconds: number } | { readonly requests: number };
  /** File for a line on each request: when it began, its HTTP status, and how long it took, in µs. */
  readonly log?: string;
  /** Requests that each connection begins in a second, however fast they are answered. Default: as many as are answered. */
  readonly perSecondOfEach?: number | undefined;
  /** Besides those of every request. Default: a deadline and metadata, as gRPC clients send them. */
  readonly fields?: readonly string[];
}

export interface H2loadResult {
  /** Requests that were answered, those of a warm-up left out. */
  readonly requests: number;
  readonly perSecond: number;
  /** Content of the answers. gRPC's refusals have none, and HTTP's status 200 all the same. */
  readonly dataBytes: number;
}

/** Requests again and again, from the core of clients. @throws Error when one of them was not answered with 2xx, or it hangs */
export async function h2load(load: Load, pinned: Pinning): Promise<H2loadResult> {
  const { url, body, connections, streams, amount, log, perSecondOfEach, fields = FIELDS_OF_CLIENTS } = load;
  const headers = [...FIELDS, ...fields].flatMap((field) => ['-H', field]);
  const counts = ['-t', '1', '-c', String(connections), '-m', String(streams), ...amountOf(amount)];
  if (log !== undefined) counts.push(`--log-file=${log}`);
  if (perSecondOfEach !== undefined) counts.push(`--rps=${perSecondOfEach}`);
  const [program = '', ...args] = pinned('client', ['h2load', ...counts, '-d', body, ...headers, url]);
  const { stdout } = await run(program, args, {
    timeout: HANGS_MS + ('requests' in amount ? amount.requests : amount.seconds * 1_000),
  });
  return readH2load(stdout);
}

function amountOf(amount: Load['amount']): readonly string[] {
  if ('requests' in amount) return ['-n', String(amount.requests)];
  const measuredMs = Math.round(amount.seconds * 1_000);
  return ['-D', `${measuredMs}ms`, '--warm-up-time', `${WARM_UP_MS}ms`];
}

/**
 * What h2load prints at the end.
 * @throws Error when a request failed, was answered with other than 2xx, or none was answered
 */
export function readH2load(text: string): H2loadResult {
  const dataBytes = numberIn(text, /^traffic:.* \((\d+)\) data$/m);
  const perSecond = numberIn(text, /^finished in [\d.]+[a-z]+, ([\d.]+) req\/s/m);
  const [done, succeeded, failed, errored, timedOut] = ['done', 'succeeded', 'failed', 'errored', 'timeout'].map(
    (what) => numberIn(text, new RegExp(`^requests:.* (\\d+) ${what}`, 'm')),
  );
  const others = [3, 4, 5].map((hundreds) => numberIn(text, new RegExp(`^status codes:.* (\\d+) ${hundreds}xx`, 'm')));
  const ok = numberIn(text, /^status codes: (\d+) 2xx/m);
  const lost = [failed, errored, timedOut, ...others].some((count) => count !== 0);
  // Statuses are counted as heads come, so that at either end of the time they differ from what is done by what is under way.
  if (done === undefined || done === 0 || lost || succeeded !== done || ok === 0) {
    throw new Error(`not every request was answered with 2xx:\n${text}`);
  }
  return { requests: done, perSecond, dataBytes };
}

function numberIn(text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`h2load printed no ${pattern.source}:\n${text}`);
  return Number(digits);
}
