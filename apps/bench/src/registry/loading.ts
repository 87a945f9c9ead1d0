import { setTimeout as sleep } from 'node:timers/promises';
import { h2load, WARM_UP_MS, type H2loadResult, type Load } from '../wire/h2load.ts';
import type { Pinning } from '../wire/pinning.ts';
import type { Cluster } from './cluster.ts';
import { HOST } from './cluster.ts';
import { cpuMicrosOf } from './processes.ts';
import { holdingOf } from './reading.ts';
import { REQUESTS, type RequestFiles, type RequestName } from './requests.ts';

/** Connections × streams of h2load. */
export interface Shape {
  readonly name: string;
  readonly connections: number;
  readonly streams: number;
  /** Requests a second of each connection; default: as many as are answered. */
  readonly perSecondOfEach?: number;
}

const CHECK_REQUESTS = 3_000;
/** A server of ours is at its pace after so many requests: until then its code is compiled, again and again better. */
const WARM_UP_REQUESTS = 30_000;
const WARM_UP_SHAPE: Shape = { name: '16 × 16', connections: 16, streams: 16 };
/** A count of answered requests is exact; what came of them may be off by those under way when the time began and was over. */
const CONTENT_SHARE_MIN = 0.95;

export interface LoaderOptions {
  readonly files: RequestFiles;
  readonly pinned: Pinning;
}

/** h2load at a cluster, with what it counts checked: a gRPC error is HTTP 200 too. */
export class Loader {
  readonly #cluster: Cluster;
  readonly #options: LoaderOptions;
  /** Content of one answer, by request. */
  readonly #answerBytes = new Map<RequestName, number>();

  constructor(cluster: Cluster, options: LoaderOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /**
   * So many requests, each of which is known to have done what it should: each put made a revision, each range brought the key.
   * @throws Error when one has not
   */
  async check(request: RequestName, shape: Shape, log?: string): Promise<void> {
    if (request === 'put') await this.#checkPuts(shape, log);
    else await this.#checkRanges(request, shape, log);
  }

  /** Until a server is at its pace with such requests. @throws Error as `check` */
  async warmUp(request: RequestName): Promise<void> {
    for (let done = 0; done < WARM_UP_REQUESTS; done += CHECK_REQUESTS) await this.check(request, WARM_UP_SHAPE);
  }

  async #checkPuts(shape: Shape, log: string | undefined): Promise<void> {
    const { port } = this.#cluster;
    const before = await holdingOf(port);
    const { dataBytes } = await this.#run('put', shape, { requests: CHECK_REQUESTS }, log);
    const after = await holdingOf(port);
    const written = after.revision - before.revision;
    if (written !== CHECK_REQUESTS || after.keys === 0) {
      throw new Error(
        `${CHECK_REQUESTS} puts were answered at ${shape.name} with ${dataBytes} bytes, and ${written} were done`,
      );
    }
  }

  async #checkRanges(request: Exclude<RequestName, 'put'>, shape: Shape, log: string | undefined): Promise<void> {
    const one = { name: 'one', connections: 1, streams: 1 };
    const { dataBytes: answerBytes } = await this.#run(request, one, { requests: 1 });
    const { dataBytes } = await this.#run(request, shape, { requests: CHECK_REQUESTS }, log);
    const holdsValue = answerBytes > REQUESTS.put.message.length;
    if (!holdsValue || dataBytes !== CHECK_REQUESTS * answerBytes) {
      throw new Error(
        `${CHECK_REQUESTS} ranges at ${shape.name} were answered with ${dataBytes} bytes, one with ${answerBytes}`,
      );
    }
    this.#answerBytes.set(request, answerBytes);
  }

  /**
   * Requests for so long, after a warm-up.
   * @returns requests a second, and what each took of the servers' core, in the middle of the time
   */
  async measure(
    request: RequestName,
    shape: Shape,
    seconds: number,
  ): Promise<{ readonly perSecond: number; readonly cpuMicros: number }> {
    const { port } = this.#cluster;
    const before = request === 'put' ? (await holdingOf(port)).revision : 0;
    const [loaded, share] = await Promise.all([
      this.#run(request, shape, { seconds }),
      cpuShareOf(this.#cluster.pids, seconds),
    ]);
    const { requests, perSecond, dataBytes } = loaded;
    const isDone =
      request === 'put'
        ? (await holdingOf(port)).revision - before >= requests
        : dataBytes >= CONTENT_SHARE_MIN * requests * (this.#answerBytes.get(request) ?? Infinity);
    if (!isDone) throw new Error(`${request} at ${shape.name}: ${requests} were answered, and fewer were done`);
    return { perSecond, cpuMicros: (share / perSecond) * 1e6 };
  }

  #run(request: RequestName, shape: Shape, amount: Load['amount'], log?: string): Promise<H2loadResult> {
    const { files, pinned } = this.#options;
    const url = `http://${HOST}:${this.#cluster.port}${REQUESTS[request].path}`;
    const { connections, streams, perSecondOfEach } = shape;
    const load = { url, body: files.of(request), connections, streams, amount, perSecondOfEach, fields: [] };
    return h2load(log === undefined ? load : { ...load, log }, pinned);
  }
}

/** What processes under load take of a core; the warm-up is left out. */
async function cpuShareOf(pids: readonly number[], loadSeconds: number): Promise<number> {
  await sleep(WARM_UP_MS + loadSeconds * 100);
  const [startedAt, before] = [performance.now(), await cpuMicrosOf(pids)];
  await sleep(loadSeconds * 700);
  return ((await cpuMicrosOf(pids)) - before) / 1_000 / (performance.now() - startedAt);
}
