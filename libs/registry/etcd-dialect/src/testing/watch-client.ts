import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { WatchCreateRequest, WatchRequest, WatchResponse } from '@portolan/contracts/etcd/watch';
import { connectEtcd } from './etcd-clients.ts';

const CREATE: WatchCreateRequest = {
  key: Buffer.from('w'),
  rangeEnd: Buffer.from('x'),
  startRevision: 0n,
  progressNotify: false,
  filters: [],
  prevKv: false,
  watchId: 0n,
  fragment: false,
};

/** One stream of watches, as a client sees it. Disposing cuts it. */
export class WatchClient implements Disposable {
  readonly #clients: Disposable;
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse>;
  readonly #waiting: WatchResponse[] = [];
  readonly #readers: ((answer: WatchResponse) => void)[] = [];

  constructor(port: number) {
    const clients = connectEtcd(port);
    this.#clients = clients;
    this.#stream = clients.watch.watch();
    this.#stream.on('error', () => undefined);
    this.#stream.on('data', (answer: WatchResponse) => {
      const reader = this.#readers.shift();
      if (reader === undefined) this.#waiting.push(answer);
      else reader(answer);
    });
  }

  create(asked: Partial<WatchCreateRequest> = {}): void {
    this.#stream.write({ requestUnion: { $case: 'createRequest', value: { ...CREATE, ...asked } } });
  }

  cancel(watchId: bigint): void {
    this.#stream.write({ requestUnion: { $case: 'cancelRequest', value: { watchId } } });
  }

  progress(): void {
    this.#stream.write({ requestUnion: { $case: 'progressRequest', value: {} } });
  }

  next(): Promise<WatchResponse> {
    const answer = this.#waiting.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
  }

  [Symbol.dispose](): void {
    this.#stream.cancel();
    this.#clients[Symbol.dispose]();
  }
}
