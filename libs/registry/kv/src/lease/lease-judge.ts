import { abortable, assert } from '@portolan/kernel';
import { NotLeaderError } from '../errors.ts';
import type { KvStore } from '../kv-store.ts';
import type { Lease, LeaseRequest, TimeToLive } from '../lease-request.ts';
import type { LocalState } from '../local-state.ts';
import type { Log } from '../log/log.ts';
import type { Lessor } from './lessor.ts';

/** What of a store only its leader knows, because it is in no log: how long leases live. */
export type LeaseJudge = Pick<KvStore, 'keepAlive' | 'timeToLive'>;

/** This member as judge: whoever does not lead, or no longer does, says so. */
export class LocalLeaseJudge implements LeaseJudge {
  readonly #local: LocalState;
  readonly #log: Log;

  constructor(local: LocalState, log: Log) {
    this.#local = local;
    this.#log = log;
  }

  /** @throws LeaseNotFoundError, NotLeaderError */
  async keepAlive({ id }: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    const lessor = this.#lessor();
    // A deposed leader that has not noticed does not get past this, so it confirms what nobody else ends meanwhile.
    await abortable(this.#log.readBarrier(), signal);
    await abortable(lessor.settled(id), signal);
    if (this.#local.lessor !== lessor) throw this.#notLeader();
    const { ttlSeconds } = lessor.renew(id);
    return { ...this.#local.header(), id, ttlSeconds };
  }

  /** Whether the lease exists any member knows. @throws NotLeaderError */
  async timeToLive({ id }: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    await abortable(this.#log.readBarrier(), signal);
    const lease = this.#local.machine.leases.get(id);
    if (lease === undefined) return { ...this.#local.header(), lease: undefined };
    const remainingMs = this.#lessor().remainingMs(id);
    assert(remainingMs !== undefined, 'the judge of leases watches each one');
    const remainingSeconds = Math.floor(remainingMs / 1_000);
    return { ...this.#local.header(), lease: { id, grantedSeconds: lease.ttlSeconds, remainingSeconds } };
  }

  #lessor(): Lessor {
    const { lessor } = this.#local;
    if (lessor === undefined) throw this.#notLeader();
    return lessor;
  }

  #notLeader(): NotLeaderError {
    return new NotLeaderError(this.#log.leadership().leaderId);
  }
}
