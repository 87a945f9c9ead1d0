import { KvServiceService } from '@portolan/contracts/kv';
import { abortable, type Clock, formatPrincipal, type Principal, type Rng } from '@portolan/kernel';
import type {
  CompactRequest,
  GrantLeaseRequest,
  Header,
  KvStore,
  Lease,
  LeaseList,
  LeaseRequest,
  PrincipalRequest,
  RangeRequest,
  RangeResult,
  StoreStatus,
  TimeToLive,
  TxnRequest,
  TxnResult,
  WatchBatch,
  WatchRequest,
} from '@portolan/kv';
import {
  decodeHeader,
  decodeLease,
  decodeLeaseList,
  decodeRangeResult,
  decodeStatus,
  decodeTimeToLive,
  encodeCompactRequest,
  encodeGrantLeaseRequest,
  encodeLeaseRequest,
  encodeRangeRequest,
} from '@portolan/kv/wire';
import { createClient, type Client, type RpcChannel } from '@portolan/rpc';
import { Attempts } from './attempts.ts';
import { KvClientClosedError } from './errors.ts';
import { KeepAlives } from './keep-alives.ts';
import { resumedWatch } from './resumed-watch.ts';
import { Transactions } from './transactions.ts';

/** Long enough for a registry that restarts, short enough for somebody who waits. */
export const DEFAULT_TIMEOUT_MS = 5_000;

export interface KvClientOptions {
  readonly clock: Clock;
  /** For session ids and the jitter of retries. */
  readonly rng: Rng;
  /** Of one request, all its attempts together; a watch has none. */
  readonly timeoutMs?: number;
  /** How long a request is repeated while the registry is unavailable; 0: never. Default: `timeoutMs`. */
  readonly retryMs?: number;
}

/** Disposing ends its keep-alives; the channel stays open. */
export interface KvClient extends KvStore, AsyncDisposable {}

/** The registry's store, through `channel`. What the store throws arrives as the same class. */
export function createKvClient(channel: RpcChannel, options: KvClientOptions): KvClient {
  return new RemoteStore(channel, options);
}

class RemoteStore implements KvClient {
  readonly #options: KvClientOptions;
  readonly #client: Client<typeof KvServiceService>;
  readonly #attempts: Attempts;
  readonly #transactions: Transactions;
  /** By principal; a stream that is idle closes, so there are as many as principals of the last minute. */
  readonly #keepAlives = new Map<string, KeepAlives>();
  readonly #closed = new AbortController();

  constructor(channel: RpcChannel, options: KvClientOptions) {
    this.#options = options;
    this.#client = createClient(KvServiceService, channel);
    this.#attempts = new Attempts({ timeoutMs: DEFAULT_TIMEOUT_MS, ...options });
    this.#transactions = new Transactions(this.#client, this.#attempts, options.rng);
  }

  range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResult> {
    const { principal } = request;
    return this.#attempts.run('always', signal, async (attempt) =>
      decodeRangeResult(
        await this.#client.range(encodeRangeRequest(request), { ...attempt, principal, idempotent: true }),
      ),
    );
  }

  txn(request: TxnRequest, signal?: AbortSignal): Promise<TxnResult> {
    return this.#transactions.run(request, signal);
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return resumedWatch({ ...this.#options, client: this.#client }, request, signal);
  }

  /** Without an id of the caller's a repetition is harmless: a lease that nobody knows of has no keys, and expires. */
  grantLease(request: GrantLeaseRequest, signal?: AbortSignal): Promise<Lease> {
    const { principal } = request;
    return this.#attempts.run(request.id === undefined ? 'always' : 'unsent', signal, async (attempt) =>
      decodeLease(await this.#client.grantLease(encodeGrantLeaseRequest(request), { ...attempt, principal })),
    );
  }

  keepAlive(request: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    return this.#attempts.run('always', signal, async ({ timeoutMs }) => {
      const answer = this.#keepAlivesOf(request.principal).ask(encodeLeaseRequest(request), timeoutMs);
      return decodeLease(await (signal === undefined ? answer : abortable(answer, signal)));
    });
  }

  revokeLease(request: LeaseRequest, signal?: AbortSignal): Promise<Header> {
    const { principal } = request;
    return this.#attempts.run('unsent', signal, async (attempt) =>
      decodeHeader((await this.#client.revokeLease(encodeLeaseRequest(request), { ...attempt, principal })).header),
    );
  }

  timeToLive(request: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    const { principal } = request;
    return this.#attempts.run('always', signal, async (attempt) =>
      decodeTimeToLive(
        await this.#client.getLease(encodeLeaseRequest(request), { ...attempt, principal, idempotent: true }),
      ),
    );
  }

  leases({ principal }: PrincipalRequest, signal?: AbortSignal): Promise<LeaseList> {
    return this.#attempts.run('always', signal, async (attempt) =>
      decodeLeaseList(await this.#client.listLeases({}, { ...attempt, principal, idempotent: true })),
    );
  }

  compact(request: CompactRequest, signal?: AbortSignal): Promise<Header> {
    const { principal } = request;
    return this.#attempts.run('unsent', signal, async (attempt) =>
      decodeHeader((await this.#client.compact(encodeCompactRequest(request), { ...attempt, principal })).header),
    );
  }

  status(signal?: AbortSignal): Promise<StoreStatus> {
    return this.#attempts.run('always', signal, async (attempt) =>
      decodeStatus(await this.#client.getStatus({}, { ...attempt, idempotent: true })),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    for (const stream of [...this.#keepAlives.values()]) stream.close(new KvClientClosedError());
    return Promise.resolve();
  }

  #keepAlivesOf(principal: Principal): KeepAlives {
    if (this.#closed.signal.aborted) throw new KvClientClosedError();
    const name = formatPrincipal(principal);
    const open = this.#keepAlives.get(name);
    if (open !== undefined) return open;
    const stream = new KeepAlives(this.#client, principal, this.#options.clock, () => {
      this.#keepAlives.delete(name);
    });
    this.#keepAlives.set(name, stream);
    return stream;
  }
}
