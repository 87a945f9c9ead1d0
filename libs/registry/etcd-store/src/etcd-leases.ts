import { LeaseService, type LeaseKeepAliveResponse } from '@portolan/contracts/etcd/lease';
import { abortable, checkedInteger, type Clock, type Rng } from '@portolan/kernel';
import {
  LEASE_TTL_SECONDS_MIN,
  leaseId,
  LeaseNotFoundError,
  StoreClosedError,
  type GrantLeaseRequest,
  type Header,
  type Key,
  type Keyspace,
  type Lease,
  type LeaseId,
  type LeaseList,
  type TimeToLive,
} from '@portolan/kv';
import { backoff } from '@portolan/resilience';
import { RpcError } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { BACKOFF, type Route } from './channel/etcd-channel.ts';
import { refusalOf } from './channel/etcd-refusal.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { headerOf } from './incarnations.ts';
import { openKeepAlives, type KeepAlives } from './keep-alives.ts';
import { isOwnLease } from './session/session-leases.ts';
import { typedError } from './typed-error.ts';

/** Of 2^62 ids some are taken; that so many are, one after the other, is no chance. */
const DRAWS_MAX = 10;

/** A member that does not answer a keep-alive by then is left for another one. */
const KEEP_ALIVE_MS = 2_000;

export interface EtcdLeasesOptions {
  readonly cluster: EtcdCluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly timeoutMs: number;
}

interface OpenStream {
  readonly route: Route;
  readonly keepAlives: KeepAlives;
}

/** Leases are etcd's own, and it alone says when they end. */
export class EtcdLeases {
  readonly #options: EtcdLeasesOptions;
  readonly #cluster: EtcdCluster;
  #stream: OpenStream | undefined;

  constructor(options: EtcdLeasesOptions) {
    this.#options = options;
    this.#cluster = options.cluster;
  }

  async grant({ id, ttlSeconds }: GrantLeaseRequest, signal: AbortSignal | undefined): Promise<Lease> {
    for (let attempt = 1; ; attempt += 1) {
      const chosen = id ?? this.#drawId();
      const request = { TTL: BigInt(Math.max(LEASE_TTL_SECONDS_MIN, ttlSeconds)), ID: chosen };
      // Of an id that was drawn here nobody knows yet: granting it again does no more than once.
      const terms = { repeatable: id === undefined ? 'read' : 'write', signal } as const;
      try {
        const { response, header } = await this.#cluster.call(LeaseService.leaseGrant, request, terms);
        return { ...header, id: chosen, ttlSeconds: checkedInteger(response.TTL, 'TTL') };
      } catch (error) {
        // By somebody else, or by an attempt whose answer was lost: then it has no keys, and just ends.
        const isTaken = id === undefined && refusalOf(error) === 'lease-exists';
        if (!isTaken || attempt === DRAWS_MAX) {
          throw await typedError(this.#cluster, error, { lease: chosen, ttlSeconds }, signal);
        }
      }
    }
  }

  async keepAlive(id: LeaseId, signal: AbortSignal | undefined): Promise<Lease> {
    const response = await this.#ask(id, signal);
    if (response.TTL <= 0n) throw new LeaseNotFoundError(id);
    const header = this.#cluster.heard(headerOf(response));
    return { ...header, id, ttlSeconds: checkedInteger(response.TTL, 'TTL') };
  }

  /** The keys that end with it. */
  async keysOf(id: LeaseId, signal: AbortSignal | undefined): Promise<readonly (readonly [Keyspace, Key])[]> {
    const terms = { repeatable: 'read', signal } as const;
    // Its keys are those that the member that is asked has heard of.
    await this.#cluster.notes(signal);
    const { response } = await this.#cluster.call(LeaseService.leaseTimeToLive, { ID: id, keys: true }, terms, false);
    return response.keys.flatMap((key) => {
      const located = this.#cluster.mapping.locate(key);
      return located === undefined ? [] : [located];
    });
  }

  async revoke(id: LeaseId, signal: AbortSignal | undefined): Promise<Header> {
    try {
      const terms = { repeatable: 'write', signal } as const;
      return (await this.#cluster.call(LeaseService.leaseRevoke, { ID: id }, terms)).header;
    } catch (error) {
      throw await typedError(this.#cluster, error, { lease: id }, signal);
    }
  }

  async timeToLive(id: LeaseId, signal: AbortSignal | undefined): Promise<TimeToLive> {
    const terms = { repeatable: 'read', signal } as const;
    const { response, header } = await this.#cluster.call(
      LeaseService.leaseTimeToLive,
      { ID: id, keys: false },
      terms,
      false,
    );
    if (response.TTL < 0n) return { ...header, lease: undefined };
    const grantedSeconds = checkedInteger(response.grantedTTL, 'grantedTTL');
    return { ...header, lease: { id, grantedSeconds, remainingSeconds: checkedInteger(response.TTL, 'TTL') } };
  }

  async list(signal: AbortSignal | undefined): Promise<LeaseList> {
    const terms = { repeatable: 'read', signal } as const;
    // Each member answers from what it has heard of: by the first answer it has heard of everything before.
    await this.#cluster.notes(signal);
    const { response, header } = await this.#cluster.call(LeaseService.leaseLeases, {}, terms, false);
    const ids = response.leases.map(({ ID }) => ID).filter((id) => !isOwnLease(id));
    return { ...header, ids: ids.sort((a, b) => (a < b ? -1 : 1)).map(leaseId) };
  }

  close(): void {
    this.#stream?.keepAlives.close(new StoreClosedError());
  }

  async #ask(id: LeaseId, signal: AbortSignal | undefined): Promise<LeaseKeepAliveResponse> {
    const { clock, rng, timeoutMs } = this.#options;
    const deadline = clock.now() + timeoutMs;
    for (let attempt = 0; ; attempt += 1) {
      const stream = await this.#opened(signal);
      try {
        return await abortable(stream.keepAlives.ask({ ID: id }, KEEP_ALIVE_MS), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (refusalOf(error) === 'lease-not-found') throw new LeaseNotFoundError(id);
        const delayMs = backoff(BACKOFF, attempt, rng);
        if (!(error instanceof RpcError) || clock.now() + delayMs >= deadline) throw error;
        this.#cluster.channel.leave(stream.route, error);
        await sleep(clock, delayMs, signal ?? NEVER);
      }
    }
  }

  async #opened(signal: AbortSignal | undefined): Promise<OpenStream> {
    const route = await this.#cluster.channel.route(signal);
    if (this.#stream?.keepAlives.isClosed === false) return this.#stream;
    this.#stream = { route, keepAlives: openKeepAlives(route, this.#options.clock) };
    return this.#stream;
  }

  #drawId(): LeaseId {
    const { rng } = this.#options;
    for (;;) {
      const id = (BigInt(rng.below(2 ** 31)) << 31n) | BigInt(rng.below(2 ** 31));
      if (id !== 0n && !isOwnLease(id)) return leaseId(id);
    }
  }
}

const NEVER = new AbortController().signal;
