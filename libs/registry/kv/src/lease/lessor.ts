import { assert, type Clock, type Timer } from '@portolan/kernel';
import sorted from 'sorted-btree';
import { LeaseNotFoundError } from '../errors.ts';
import type { LeaseId } from '../ids.ts';
import { EXPIRIES_PER_ENTRY_MAX } from '../limits.ts';
import type { Log } from '../log/log.ts';
import type { GrantedLease } from '../machine/lease-table.ts';

/** How soon to try again when expiry could not be proposed, or somebody else leads. */
const RETRY_MS = 1_000;

/** Longest time a timer is set for: platforms overflow above 2^31 ms, and one needless wake-up an hour costs nothing. */
const TIMER_MS_MAX = 3_600_000;

interface Watched {
  readonly lease: GrantedLease;
  /** When the client's promise to live ends. A keep-alive moves this alone: O(1). */
  deadline: number;
  /** When to look again: not after `deadline`, and the place in the queue. */
  lookAt: number;
  /** Settles when the log has decided on the expiry. */
  expiry: Promise<void> | undefined;
}

/**
 * Decides when leases expire: the only part of the store with a clock. It lives on the leader, outside the state machine, and
 * ends a lease only by proposing so; the entry is void when another leads by then (etcd#15247).
 */
export class Lessor {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #watched = new Map<LeaseId, Watched>();
  readonly #queue = new sorted.default<Watched, undefined>(undefined, byLookAt);
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #term: number;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#term = log.leadership().term;
  }

  /** A lease was granted: its time begins. */
  add(lease: GrantedLease): void {
    const deadline = this.#clock.now() + lease.ttlSeconds * 1_000;
    const watched: Watched = { lease, deadline, lookAt: deadline, expiry: undefined };
    this.#watched.set(lease.id, watched);
    this.#queue.set(watched, undefined);
    this.#arm();
  }

  /** A lease was revoked or has expired. */
  remove(id: LeaseId): void {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#watched.delete(id);
    this.#queue.delete(watched);
  }

  /** @throws LeaseNotFoundError when it has ended, or ends while its expiry is under way */
  async keepAlive(id: LeaseId): Promise<GrantedLease> {
    await this.#watched.get(id)?.expiry;
    const watched = this.#watched.get(id);
    if (watched === undefined) throw new LeaseNotFoundError(id);
    watched.deadline = this.#clock.now() + watched.lease.ttlSeconds * 1_000;
    return watched.lease;
  }

  /** Milliseconds, at least 0; undefined when there is no such lease. */
  remainingMs(id: LeaseId): number | undefined {
    const watched = this.#watched.get(id);
    return watched === undefined ? undefined : Math.max(0, watched.deadline - this.#clock.now());
  }

  close(): void {
    this.#timer?.cancel();
    this.#watched.clear();
    this.#queue.clear();
  }

  #arm(): void {
    const next = this.#queue.minKey();
    if (next === undefined || next.lookAt >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next.lookAt;
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, next.lookAt - this.#clock.now()));
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    const now = this.#clock.now();
    const { term, leaderId, memberId } = this.#log.leadership();
    if (term !== this.#term) this.#restart(term, now);
    const due: Watched[] = [];
    for (let next = this.#queue.minKey(); next !== undefined && next.lookAt <= now; next = this.#queue.minKey()) {
      if (next.deadline > now) this.#lookAgain(next, next.deadline);
      else {
        this.#lookAgain(next, now + RETRY_MS);
        if (leaderId === memberId && next.expiry === undefined) due.push(next);
      }
    }
    for (let first = 0; first < due.length; first += EXPIRIES_PER_ENTRY_MAX) {
      this.#expire(due.slice(first, first + EXPIRIES_PER_ENTRY_MAX), term);
    }
  }

  /** Whoever led before may have heard keep-alives that we did not: every lease gets its whole time again (etcd#2660). */
  #restart(term: number, now: number): void {
    this.#term = term;
    for (const watched of this.#watched.values()) watched.deadline = now + watched.lease.ttlSeconds * 1_000;
  }

  #lookAgain(watched: Watched, at: number): void {
    this.#queue.delete(watched);
    watched.lookAt = at;
    this.#queue.set(watched, undefined);
  }

  #expire(due: readonly Watched[], term: number): void {
    const leases = due.map(({ lease }) => ({ id: lease.id, grantedAt: lease.grantedAt }));
    // Applied, void or lost: what the log decided is in `#watched`; a lease that is still there is looked at again.
    const settle = (): void => {
      for (const watched of due) watched.expiry = undefined;
    };
    const expiry = this.#log.propose({ kind: 'expire', term, leases }).then(settle, settle);
    for (const watched of due) watched.expiry = expiry;
  }
}

function byLookAt(a: Watched, b: Watched): number {
  if (a.lookAt !== b.lookAt) return a.lookAt - b.lookAt;
  assert(a.lease.grantedAt !== b.lease.grantedAt || a === b, 'one log entry grants one lease');
  return a.lease.grantedAt - b.lease.grantedAt;
}
