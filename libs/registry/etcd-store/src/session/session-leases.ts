import { LeaseService } from '@portolan/contracts/etcd/lease';
import { abortable, type Clock, type Rng } from '@portolan/kernel';
import { refusalOf } from '../channel/etcd-refusal.ts';
import type { EtcdCluster } from '../etcd-cluster.ts';

/** A pair is used for so long, then there is another one. */
const USED_MS = 10 * 60_000;
/** A session ends so long after it began, at least the time a pair is used before that: its client begins another one. */
const SESSION_SECONDS = 20 * 60;
/** Marks outlive every session they can be of, whatever a change of leaders adds to all leases at once. */
const MARK_SECONDS = 60 * 60;

/** The upper 23 of a lease id's 63 bits, of leases that are this store's own: no list shows them. */
const OWN = 0x706f_72n;
const OWN_SHIFT = 40n;

/** Leases that end what retries of transactions need, so that it does not gather in etcd for good. */
export interface SessionLeases {
  /** That of what says that a session is known. */
  readonly session: bigint;
  /** That of what says that a transaction was done. */
  readonly mark: bigint;
}

export function isOwnLease(id: bigint): boolean {
  return id >> OWN_SHIFT === OWN;
}

/** The pair in use. The clock only says when to take another one; when a lease ends is up to etcd. */
export class SessionLeaseSource {
  readonly #cluster: EtcdCluster;
  readonly #clock: Clock;
  readonly #rng: Rng;
  #current: { readonly grantedAt: number; readonly leases: Promise<SessionLeases> } | undefined;

  constructor(cluster: EtcdCluster, clock: Clock, rng: Rng) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#rng = rng;
  }

  get(signal: AbortSignal | undefined): Promise<SessionLeases> {
    const now = this.#clock.now();
    if (this.#current === undefined || now - this.#current.grantedAt > USED_MS) {
      const leases = this.#grant();
      const current = { grantedAt: now, leases };
      this.#current = current;
      leases.catch(() => {
        if (this.#current === current) this.#current = undefined;
      });
    }
    return abortable(this.#current.leases, signal);
  }

  /** One of the pair has ended early: this process was stopped for long, or etcd is another one. */
  forget(): void {
    this.#current = undefined;
  }

  async #grant(): Promise<SessionLeases> {
    const mark = await this.#grantOne(MARK_SECONDS);
    return { mark, session: await this.#grantOne(SESSION_SECONDS) };
  }

  /** Again with another id when that one is taken, perhaps by an attempt whose answer was lost: a lease without keys just ends. */
  async #grantOne(seconds: number): Promise<bigint> {
    for (let attempt = 1; ; attempt += 1) {
      const low = (BigInt(this.#rng.below(2 ** 20)) << 20n) | BigInt(this.#rng.below(2 ** 20));
      const request = { TTL: BigInt(seconds), ID: (OWN << OWN_SHIFT) | low };
      try {
        const terms = { repeatable: 'read', signal: undefined } as const;
        return (await this.#cluster.call(LeaseService.leaseGrant, request, terms)).response.ID;
      } catch (error) {
        if (refusalOf(error) !== 'lease-exists' || attempt === DRAWS_MAX) throw error;
      }
    }
  }
}

/** Of 2^40 ids some are taken; that so many are, one after the other, is no chance. */
const DRAWS_MAX = 10;
