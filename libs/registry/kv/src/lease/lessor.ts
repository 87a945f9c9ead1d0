import { assert, type Clock, type Timer } from '@portolan/kernel';
import sorted from 'sorted-btree';
import { LeaseNotFoundError, OutcomeUnknownError } from '../errors.ts';
import type { LeaseId } from '../ids.ts';
import { EXPIRIES_PER_ENTRY_MAX } from '../limits.ts';
import type { Command } from '../machine/command.ts';
import type { GrantedLease } from '../machine/lease-table.ts';

/** How soon to try again when expiry could not be proposed. */
const RETRY_MS = 1_000;

/** Longest time a timer is set for: platforms overflow above 2^31 ms, and one needless wake-up an hour costs nothing. */
const TIMER_MS_MAX = 3_600_000;

/**
 * Leases taken up at once by who begins to lead, a few milliseconds' worth: heartbeats must go out in between, or it would not lead
 * for long. All of 400,000 are, before the first can expire.
 */
const INHERITED_PER_SLICE = 2_000;

/** Leases looked at in one turn when as many are due at once: what waits in between goes on, and what is proposed is applied. */
const LOOKED_AT_PER_SLICE = 4 * EXPIRIES_PER_ENTRY_MAX;

interface Inheritance {
  readonly leases: Iterator<GrantedLease, unknown>;
  /** When their time began. */
  readonly since: number;
  timer: Timer | undefined;
}

interface Watched {
  readonly lease: GrantedLease;
  /** When the client's promise to live ends. A keep-alive moves this alone: O(1). */
  deadline: number;
  /** When to look again: not after `deadline`, and the place in the queue. */
  lookAt: number;
  /** Settles when the log has decided on the expiry. */
  expiry: PromiseWithResolvers<undefined> | undefined;
}

export interface LessorOptions {
  readonly clock: Clock;
  /** In which this member leads. */
  readonly term: number;
  /** The lease, if there is one now. */
  readonly granted: (id: LeaseId) => GrantedLease | undefined;
  readonly propose: (command: Command) => Promise<unknown>;
}

/**
 * Decides when leases expire, for as long as this member leads in one term: the only part of the store with a clock. It is outside
 * the state machine, and ends a lease only by proposing so; the entry is void when another leads by then (etcd#15247).
 */
export class Lessor {
  readonly #options: LessorOptions;
  readonly #watched = new Map<LeaseId, Watched>();
  readonly #queue = new sorted.default<Watched, undefined>(undefined, byLookAt);
  #inheritance: Inheritance | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(options: LessorOptions) {
    this.#options = options;
  }

  get term(): number {
    return this.#options.term;
  }

  /**
   * Just these leases are granted now. The time of those that are watched already goes on, that of the others begins.
   * @param leases all of them; read later, a slice at a time, so not to be written to
   * @param extraMs added to the time of each that begins: whoever led before may have confirmed a keep-alive since (etcd#2660)
   */
  inherit(leases: Iterable<GrantedLease>, extraMs: number): void {
    for (const { lease } of [...this.#watched.values()]) if (!this.#isGranted(lease)) this.remove(lease.id);
    this.#inheritance?.timer?.cancel();
    const since = this.#options.clock.now() + extraMs;
    this.#inheritance = { leases: leases[Symbol.iterator](), since, timer: undefined };
    this.#takeUp(this.#inheritance);
  }

  /** A lease was granted: its time begins. */
  add(lease: GrantedLease): void {
    this.#watch(lease, this.#options.clock.now());
    this.#arm();
  }

  /** A lease was revoked or has expired. */
  remove(id: LeaseId): void {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#watched.delete(id);
    this.#queue.delete(watched);
    watched.expiry?.resolve(undefined);
  }

  /** The log has decided on an expiry of this term, whoever heard of it, and the lease lives on. */
  spared(id: LeaseId): void {
    const watched = this.#watched.get(id);
    watched?.expiry?.resolve(undefined);
    if (watched !== undefined) watched.expiry = undefined;
  }

  /** Resolves when no expiry of the lease is under way: it has ended by then, or lives on. */
  async settled(id: LeaseId): Promise<void> {
    await this.#watched.get(id)?.expiry?.promise;
  }

  /**
   * Restarts the time of a lease.
   * @throws LeaseNotFoundError when it has ended
   */
  renew(id: LeaseId): GrantedLease {
    const watched = this.#find(id);
    if (watched === undefined) throw new LeaseNotFoundError(id);
    // What was inherited may have longer: no keep-alive takes that back.
    watched.deadline = Math.max(watched.deadline, this.#options.clock.now() + watched.lease.ttlSeconds * 1_000);
    return watched.lease;
  }

  /** Milliseconds, at least 0; undefined when there is no such lease. */
  remainingMs(id: LeaseId): number | undefined {
    const watched = this.#find(id);
    return watched === undefined ? undefined : Math.max(0, watched.deadline - this.#options.clock.now());
  }

  /** This member no longer leads. */
  close(): void {
    this.#timer?.cancel();
    this.#inheritance?.timer?.cancel();
    this.#inheritance = undefined;
    for (const { expiry } of this.#watched.values()) expiry?.resolve(undefined);
    this.#watched.clear();
    this.#queue.clear();
  }

  /** A slice of what was inherited; the next one when others have had their turn. */
  #takeUp(inheritance: Inheritance): void {
    for (let taken = 0; taken < INHERITED_PER_SLICE; taken += 1) {
      const { done, value: lease } = inheritance.leases.next();
      if (done === true) {
        this.#inheritance = undefined;
        break;
      }
      if (!this.#watched.has(lease.id) && this.#isGranted(lease)) this.#watch(lease, inheritance.since);
    }
    this.#arm();
    if (this.#inheritance === undefined) return;
    inheritance.timer = this.#options.clock.after(0, () => {
      this.#takeUp(inheritance);
    });
  }

  #isGranted({ id, grantedAt }: GrantedLease): boolean {
    return this.#options.granted(id)?.grantedAt === grantedAt;
  }

  /** It may be asked for before its slice has come. */
  #find(id: LeaseId): Watched | undefined {
    const watched = this.#watched.get(id);
    if (watched !== undefined || this.#inheritance === undefined) return watched;
    const lease = this.#options.granted(id);
    return lease === undefined ? undefined : this.#watch(lease, this.#inheritance.since);
  }

  #watch(lease: GrantedLease, since: number): Watched {
    const deadline = since + lease.ttlSeconds * 1_000;
    const watched: Watched = { lease, deadline, lookAt: deadline, expiry: undefined };
    this.#watched.set(lease.id, watched);
    this.#queue.set(watched, undefined);
    return watched;
  }

  #arm(): void {
    const next = this.#queue.minKey();
    if (next === undefined || next.lookAt >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next.lookAt;
    const { clock } = this.#options;
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, next.lookAt - clock.now()));
    this.#timer = clock.after(delayMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#look();
      this.#arm();
    });
  }

  /** A slice of what is due: of more, the timer comes again at once. */
  #look(): void {
    const now = this.#options.clock.now();
    const due: Watched[] = [];
    for (let looked = 0; looked < LOOKED_AT_PER_SLICE; looked += 1) {
      const next = this.#queue.minKey();
      if (next === undefined || next.lookAt > now) break;
      if (next.deadline > now) this.#lookAgain(next, next.deadline);
      else {
        this.#lookAgain(next, now + RETRY_MS);
        if (next.expiry === undefined) due.push(next);
      }
    }
    for (let first = 0; first < due.length; first += EXPIRIES_PER_ENTRY_MAX) {
      this.#expire(due.slice(first, first + EXPIRIES_PER_ENTRY_MAX));
    }
  }

  #lookAgain(watched: Watched, at: number): void {
    this.#queue.delete(watched);
    watched.lookAt = at;
    this.#queue.set(watched, undefined);
  }

  #expire(due: readonly Watched[]): void {
    const { term, propose } = this.#options;
    const leases = due.map(({ lease }) => ({ id: lease.id, grantedAt: lease.grantedAt }));
    for (const watched of due) watched.expiry = Promise.withResolvers<undefined>();
    // Applied, void or lost: what the log decided is in `#watched`; a lease that is still there is looked at again.
    const settle = (): void => {
      for (const watched of due) {
        watched.expiry?.resolve(undefined);
        watched.expiry = undefined;
      }
    };
    propose({ kind: 'expire', term, leases }).then(settle, (error: unknown) => {
      // Unknown: it stands in this member's own log, and comes to pass, unless this member leads no more.
      if (!(error instanceof OutcomeUnknownError)) settle();
    });
  }
}

function byLookAt(a: Watched, b: Watched): number {
  if (a.lookAt !== b.lookAt) return a.lookAt - b.lookAt;
  assert(a.lease.grantedAt !== b.lease.grantedAt || a === b, 'one log entry grants one lease');
  return a.lease.grantedAt - b.lease.grantedAt;
}
