import {
  WatchService,
  type WatchRequest as EtcdWatchRequest,
  type WatchResponse,
} from '@portolan/contracts/etcd/watch';
import type { Clock, PortolanError, Rng } from '@portolan/kernel';
import { CompactedError, revision, StoreClosedError } from '@portolan/kv';
import { RequestQueue } from '@portolan/kv/streams';
import { backoff } from '@portolan/resilience';
import { createClient, RpcError } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { BACKOFF, type Route } from '../channel/etcd-channel.ts';
import { EtcdAccessError } from '../errors.ts';
import type { EtcdCluster } from '../etcd-cluster.ts';
import type { StreamedWatch } from './streamed-watch.ts';

export interface WatchStreamOptions {
  readonly cluster: EtcdCluster;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** A stream that is open: etcd's watches on it, by the ids that were chosen here. */
interface Session {
  readonly requests: RequestQueue<EtcdWatchRequest>;
  readonly abort: AbortController;
  readonly byId: Map<bigint, StreamedWatch>;
  readonly ids: Map<StreamedWatch, bigint>;
  /** Asked and not yet said to be created, in this order. */
  readonly creating: bigint[];
}

/**
 * All watches on one stream. When it breaks, another one is opened, with another member, and every watch goes on there after what it
 * has: no gap, nothing twice.
 */
export class WatchStream {
  readonly #options: WatchStreamOptions;
  readonly #watches = new Set<StreamedWatch>();
  readonly #closed = new AbortController();
  #session: Session | undefined;
  #isRunning = false;
  #lastId = 0n;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    options.cluster.onChanged((error) => {
      for (const watch of this.#watches) watch.fail(error);
    });
  }

  get size(): number {
    return this.#watches.size;
  }

  add(watch: StreamedWatch): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
    this.#watches.add(watch);
    if (watch.isEmpty) return;
    if (this.#session !== undefined) this.#create(this.#session, watch);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Its reader has taken everything: where etcd was told to stop, it is asked again. */
  drained(watch: StreamedWatch): void {
    const session = this.#session;
    if (session === undefined || watch.isEmpty || session.ids.has(watch)) return;
    this.#create(session, watch);
  }

  remove(watch: StreamedWatch): void {
    if (!this.#watches.delete(watch)) return;
    if (this.#session !== undefined) this.#cancel(this.#session, watch);
    watch.wakeUp();
    if (this.#watches.size === 0) this.#session?.abort.abort();
  }

  close(): void {
    this.#closed.abort();
    for (const watch of this.#watches) watch.fail(new StoreClosedError());
    this.#session?.abort.abort();
  }

  /** Never rejects: what no other stream would change is told to the watches. */
  async #run(): Promise<void> {
    for (let failures = 0; this.#watches.size > 0 && !this.#closed.signal.aborted; failures += 1) {
      try {
        await this.#open(() => {
          failures = 0;
        });
      } catch (error) {
        if (!(error instanceof RpcError)) for (const watch of this.#watches) watch.fail(error);
      }
      if (this.#watches.size > 0) await this.#pause(failures);
    }
    this.#isRunning = false;
    // One may have been added after the last look.
    const [watch] = this.#watches;
    if (watch !== undefined && !this.#closed.signal.aborted) this.add(watch);
  }

  /** Until the stream ends. */
  async #open(heard: () => void): Promise<void> {
    const { cluster } = this.#options;
    // Says whether history is still the one of before, which an answer of one member alone does not.
    await cluster.notes(this.#closed.signal);
    const route = await cluster.channel.route(this.#closed.signal);
    const session: Session = {
      requests: new RequestQueue(),
      abort: new AbortController(),
      byId: new Map(),
      ids: new Map(),
      creating: [],
    };
    this.#session = session;
    for (const watch of this.#watches) if (!watch.isEmpty) this.#create(session, watch);
    try {
      for await (const answer of this.#answers(session, route)) {
        heard();
        this.#receive(session, answer);
      }
    } catch (error) {
      if (this.#watches.size === 0 || this.#closed.signal.aborted) return;
      cluster.channel.leave(route, error);
      throw error;
    } finally {
      session.requests.end();
      this.#session = undefined;
    }
  }

  #answers({ requests, abort }: Session, { connection, headers }: Route): AsyncIterable<WatchResponse> {
    // A member that is cut off from the others then ends the stream, rather than be silent.
    const all = { ...headers, hasleader: 'true' };
    return createClient(WatchService, connection).watch(requests.all(), { headers: all, signal: abort.signal });
  }

  #receive(session: Session, answer: WatchResponse): void {
    const id = answer.created ? (session.creating.shift() ?? answer.watchId) : answer.watchId;
    const watch = session.byId.get(id);
    if (watch === undefined) return;
    if (answer.canceled) {
      forget(session, watch, id);
      watch.fail(whyCanceled(watch, answer));
    } else if (!answer.created) {
      watch.receive(answer);
      if (watch.isFull) this.#cancel(session, watch);
    }
  }

  #create(session: Session, watch: StreamedWatch): void {
    this.#lastId += 1n;
    session.byId.set(this.#lastId, watch);
    session.ids.set(watch, this.#lastId);
    session.creating.push(this.#lastId);
    const value = watch.create(this.#lastId);
    session.requests.push({ requestUnion: { $case: 'createRequest', value } });
  }

  #cancel(session: Session, watch: StreamedWatch): void {
    const id = session.ids.get(watch);
    if (id === undefined) return;
    forget(session, watch, id);
    session.requests.push({ requestUnion: { $case: 'cancelRequest', value: { watchId: id } } });
  }

  async #pause(failures: number): Promise<void> {
    const { clock, rng } = this.#options;
    try {
      await sleep(clock, backoff(BACKOFF, failures, rng), this.#closed.signal);
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    }
  }
}

function forget({ byId, ids }: Session, watch: StreamedWatch, id: bigint): void {
  byId.delete(id);
  ids.delete(watch);
}

/** @throws RpcError for what another stream may not say again */
function whyCanceled(watch: StreamedWatch, { compactRevision, cancelReason }: WatchResponse): PortolanError {
  if (compactRevision > 0n) return new CompactedError(watch.next, revision(compactRevision));
  const error = new RpcError(`etcd ended a watch: ${cancelReason}`, {
    code: 'RPC_CANCELLED',
    kind: 'unavailable',
    fix: 'look into the log of etcd',
    reachedServer: true,
  });
  if (!cancelReason.includes('permission denied')) throw error;
  return new EtcdAccessError('it may not read all that is watched', error);
}
