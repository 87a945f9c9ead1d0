import { KVService } from '@portolan/contracts/etcd/kv';
import { WatchCreateRequest, WatchResponse, WatchService, type WatchRequest } from '@portolan/contracts/etcd/watch';
import { connectFast } from '@portolan/grpc';
import { createClient, type Connection, type MethodDefinition } from '@portolan/rpc';
import { HOST } from './cluster.ts';
import { putOf } from './requests.ts';

/** Streams of a connection: below what any server here allows. */
const STREAMS_EACH = 100;
const PUT_TIMEOUT_MS = 60_000;
const CONNECT_MS = 60_000;
/** Its answers stay bytes: reading what they say is not to be what is measured. */
const WATCH: MethodDefinition<WatchRequest, Buffer> = {
  ...WatchService.watch,
  responseSerialize: (bytes: Buffer): Buffer => bytes,
  responseDeserialize: (bytes: Buffer): Buffer => bytes,
};
const CREATE: WatchRequest = {
  requestUnion: {
    $case: 'createRequest',
    value: { ...WatchCreateRequest.decode(new Uint8Array(0)), key: putOf(0).key },
  },
};

/** How long all watchers took to hear of one put, in ms. */
export interface FanOut {
  readonly sinceSentMs: number;
  /** 0 when the put's answer was the last to come. */
  readonly sinceAnsweredMs: number;
}

/** Watchers of one key, each with a stream of its own, as so many processes have. */
export class WatchCrowd implements AsyncDisposable {
  readonly #watchers: number;
  readonly #connections: readonly Connection[];
  readonly #writer: Connection;
  readonly #over = new AbortController();
  readonly #readers: Promise<void>[] = [];
  #heard = 0;
  #last: Buffer | undefined;
  #allHeard = nobodyWaits();

  private constructor(port: number, watchers: number) {
    this.#watchers = watchers;
    const connections = Math.ceil(watchers / STREAMS_EACH);
    this.#connections = Array.from({ length: connections }, () => connectFast(`${HOST}:${port}`));
    this.#writer = connectFast(`${HOST}:${port}`);
  }

  /** Resolves when the server has told each of them that it watches. */
  static async open(port: number, watchers: number): Promise<WatchCrowd> {
    const crowd = new WatchCrowd(port, watchers);
    for (const [index, connection] of crowd.#connections.entries()) {
      // One after the other: what is measured is not how a server takes a hundred at once.
      await connection.ready(AbortSignal.timeout(CONNECT_MS));
      const streams = Math.min(STREAMS_EACH, watchers - index * STREAMS_EACH);
      for (let stream = 0; stream < streams; stream += 1) crowd.#readers.push(crowd.#read(connection));
    }
    await crowd.#everybody();
    if (crowd.#lastAnswer()?.created !== true) throw new Error('a watch begins with being created');
    return crowd;
  }

  /** One put, of which all of them hear once. @throws Error when what they hear is something else */
  async put(): Promise<FanOut> {
    const sentAt = performance.now();
    const { header } = await createClient(KVService, this.#writer).put(putOf(0), { timeoutMs: PUT_TIMEOUT_MS });
    const answeredAt = performance.now();
    const heardAt = await this.#everybody();
    const event = this.#lastAnswer()?.events[0]?.kv;
    if (event === undefined || event.modRevision !== header?.revision) throw new Error('a watcher heard another put');
    return { sinceSentMs: heardAt - sentAt, sinceAnsweredMs: Math.max(0, heardAt - answeredAt) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    for (const connection of [...this.#connections, this.#writer]) await connection[Symbol.asyncDispose]();
    await Promise.all(this.#readers);
  }

  #lastAnswer(): WatchResponse | undefined {
    return this.#last === undefined ? undefined : WatchResponse.decode(this.#last);
  }

  /** When the last of them has heard something, since the time before. */
  async #everybody(): Promise<number> {
    const at = await this.#allHeard.promise;
    this.#allHeard = nobodyWaits();
    return at;
  }

  /** Never rejects: whoever waits for everybody is told. */
  async #read(connection: Connection): Promise<void> {
    const signal = this.#over.signal;
    try {
      for await (const answer of connection.stream(WATCH, createAndStay(signal), { signal })) {
        this.#last = answer;
        this.#heard += 1;
        if (this.#heard < this.#watchers) continue;
        this.#heard = 0;
        this.#allHeard.resolve(performance.now());
      }
      throw new Error('a watch has ended');
    } catch (error) {
      if (!signal.aborted) this.#allHeard.reject(error);
    }
  }
}

/** Its end would be the client's, and etcd ends the watch with it. */
async function* createAndStay(signal: AbortSignal): AsyncGenerator<WatchRequest, void, undefined> {
  yield CREATE;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

/** It may fail before somebody waits for it. */
function nobodyWaits(): PromiseWithResolvers<number> {
  const settled = Promise.withResolvers<number>();
  settled.promise.catch(() => undefined);
  return settled;
}
