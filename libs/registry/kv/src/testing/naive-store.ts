import { oneKey, rangeIncludes, type KeyRange } from '../key-range.ts';
import type { Keyspace, LeaseId, Revision } from '../ids.ts';
import { KEYSPACES, leaseId, revision } from '../ids.ts';
import type { KeyValue } from '../key-value.ts';
import type { RangeAnswer, RangeQuery } from '../range-request.ts';
import type { TxnAnswer, TxnRequest } from '../txn-request.ts';
import type { WatchEvent, WatchRequest } from '../watch-request.ts';
import { naiveRange } from './naive-range.ts';
import { naiveTxn, refuseBefore, writesTwice, type NaiveTxnScope, type WriteGuard } from './naive-txn.ts';
import type { StoreDifferences } from './store-differences.ts';

/** All keys of all keyspaces at one revision, and what made it. A plain copy, never shared. */
export interface NaiveRevision {
  readonly keys: readonly NaiveKey[];
  readonly events: readonly { readonly keyspace: Keyspace; readonly event: WatchEvent }[];
}

/** In the order of keyspace and key. */
export interface NaiveKey {
  readonly keyspace: Keyspace;
  readonly keyValue: KeyValue;
}

/** What the real store answers with an error of that code. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

interface NaiveLease {
  readonly ttlSeconds: number;
  readonly grant: number;
  deadline: number;
}

/** A point in a store's life, to which a backup may lead back. */
export interface NaiveMoment {
  readonly revision: Revision;
  readonly leases: readonly (readonly [id: LeaseId, ttlSeconds: number])[];
  /** How many transactions with a sequence there had been. */
  readonly answers: number;
}

type TxnOutcome = (TxnAnswer & { readonly revision: Revision }) | Refused;

/** The store as slow and plain as it can be said: a list of whole copies. Small limits and automatic compaction are not in it. */
export class NaiveStore {
  /** The first is at 0. */
  readonly #revisions: NaiveRevision[] = [{ keys: [], events: [] }];
  #first = 1;
  readonly #guard: WriteGuard | undefined;
  readonly #floors: Record<Keyspace, number> = { user: 1, catalog: 1, system: 1 };
  readonly #leases = new Map<LeaseId, NaiveLease>();
  readonly #sessions = new Map<string, TxnOutcome>();
  readonly #differences: StoreDifferences;
  #now = 0;
  #grants = 0;

  constructor(differences: StoreDifferences = {}, guard?: WriteGuard) {
    this.#differences = differences;
    this.#guard = guard;
  }

  get current(): Revision {
    return revision(this.#first + this.#revisions.length - 1);
  }

  /** As of now. */
  moment(): NaiveMoment {
    const leases = [...this.#leases].map(([id, { ttlSeconds }]) => [id, ttlSeconds] as const);
    return { revision: this.current, leases, answers: this.#sessions.size };
  }

  /** Another store, which begins at revision `at` with what this one had at `moment`, and no history. */
  restored({ revision: before, leases, answers }: NaiveMoment, at: Revision, guard?: WriteGuard): NaiveStore {
    const store = new NaiveStore(this.#differences, guard);
    store.#first = at;
    store.#revisions[0] = { keys: this.#at(before).keys, events: [] };
    for (const keyspace of KEYSPACES) store.#floors[keyspace] = at;
    for (const [id, ttlSeconds] of leases) store.grant(id, ttlSeconds);
    for (const [id, outcome] of [...this.#sessions].slice(0, answers)) store.#sessions.set(id, outcome);
    return store;
  }

  /** The last that was answered in the session; 0 when there is none. */
  newestSequence(session: bigint): number {
    const name = `${String(session)}/`;
    const known = [...this.#sessions.keys()].filter((id) => id.startsWith(name));
    return Math.max(0, ...known.map((id) => Number(id.slice(name.length))));
  }

  range(query: RangeQuery): RangeAnswer {
    if (query.revision !== undefined && query.revision > this.current) throw new Refused('KV_FUTURE_REVISION');
    return naiveRange(this.#keysAt(query.revision, query.keyspace), query);
  }

  txn(request: TxnRequest): TxnAnswer & { readonly revision: Revision } {
    if (writesTwice(request)) throw new Refused('KV_DUPLICATE_KEY');
    const { idempotency } = request;
    if (idempotency === undefined) return orThrow(this.#run(request));
    const name = `${String(idempotency.session)}/`;
    const id = `${name}${String(idempotency.sequence)}`;
    const begun = [...this.#sessions.keys()].some((known) => known.startsWith(name));
    if (!begun && idempotency.sequence !== 1) throw new Refused('KV_SESSION_EXPIRED');
    const outcome = this.#sessions.get(id) ?? this.#runNoted(request);
    this.#sessions.set(id, outcome);
    return orThrow(outcome);
  }

  grant(id: LeaseId, ttlSeconds: number): void {
    if (this.#leases.has(id)) throw new Refused('KV_LEASE_EXISTS');
    this.#grants += 1;
    this.#leases.set(id, { ttlSeconds, grant: this.#grants, deadline: this.#now + ttlSeconds * 1_000 });
  }

  keepAlive(id: LeaseId): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new Refused('KV_LEASE_NOT_FOUND');
    lease.deadline = this.#now + lease.ttlSeconds * 1_000;
  }

  revoke(id: LeaseId): void {
    if (!this.#leases.delete(id)) throw new Refused('KV_LEASE_NOT_FOUND');
    // In the order of the keys, as etcd does (lessor.Revoke), whichever was attached first.
    const success = this.#last.keys
      .filter(({ keyValue }) => keyValue.lease === id)
      .sort((a, b) => (a.keyValue.key < b.keyValue.key ? -1 : 1))
      .map(({ keyspace, keyValue }) => ({ kind: 'delete', keyspace, keys: oneKey(keyValue.key) }) as const);
    this.#run({ success });
  }

  leases(): readonly LeaseId[] {
    return [...this.#leases.keys()].sort((a, b) => Number(a - b)).map(leaseId);
  }

  /** @returns how many leases expired */
  advance(ms: number): number {
    this.#now += ms;
    const due = [...this.#leases].filter(([, { deadline }]) => deadline <= this.#now);
    due.sort(([, a], [, b]) => a.deadline - b.deadline || a.grant - b.grant);
    for (const [id] of due) this.revoke(id);
    return due.length;
  }

  compact(keyspace: Keyspace, at: Revision): void {
    if (at <= this.#floors[keyspace]) throw new Refused('KV_COMPACTED');
    if (at > this.current) throw new Refused('KV_FUTURE_REVISION');
    this.#floors[keyspace] = at;
    this.#note();
  }

  /** Whether a watch may begin there. */
  isCompacted(keyspace: Keyspace, at: Revision): boolean {
    return at < this.#floors[keyspace];
  }

  /** All events from `start` on that a watch is to deliver. */
  eventsFrom(start: Revision, request: Omit<WatchRequest, 'principal'>): readonly WatchEvent[] {
    const { keyspace, keys, events = 'all', previous = false } = request;
    return this.#revisions
      .slice(Math.max(0, start - this.#first))
      .flatMap((one) => one.events)
      .filter((one) => one.keyspace === keyspace && matches(one.event, keys, events))
      .map(({ event }) => (previous ? event : { ...event, previous: undefined }));
  }

  get #last(): NaiveRevision {
    return this.#revisions.at(-1) ?? { keys: [], events: [] };
  }

  #at(at: Revision): NaiveRevision {
    return this.#revisions[at - this.#first] ?? this.#last;
  }

  #keysAt(at: Revision | undefined, keyspace: Keyspace): readonly KeyValue[] {
    if (at !== undefined && this.isCompacted(keyspace, at)) throw new Refused('KV_COMPACTED');
    const { keys } = at === undefined ? this.#last : this.#at(at);
    return keys.filter((one) => one.keyspace === keyspace).map(({ keyValue }) => keyValue);
  }

  /** What is done otherwise for a note to be made. */
  #note(): void {
    if (this.#differences.notes === 'make-revisions') this.#revisions.push({ keys: this.#last.keys, events: [] });
  }

  #runNoted(txn: TxnRequest): TxnOutcome {
    const before = this.current;
    const outcome = this.#run(txn);
    if (this.current === before) this.#note();
    return outcome instanceof Refused ? outcome : { ...outcome, revision: this.current };
  }

  #run(txn: Pick<TxnRequest, 'compares' | 'success' | 'failure'>): TxnOutcome {
    const scope: NaiveTxnScope = {
      keys: [...this.#last.keys],
      events: [],
      next: revision(this.current + 1),
      hasLease: (id) => this.#leases.has(id),
      past: (query) => this.range(query),
      before: this.#last.keys,
      guard: this.#guard,
    };
    try {
      if (this.#differences.refuses === 'before') refuseBefore(scope, txn);
      const answer = naiveTxn(scope, txn);
      if (scope.events.length > 0) this.#revisions.push({ keys: scope.keys, events: scope.events });
      return { ...answer, revision: this.current };
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
  }
}

/** Whether a watch of `keys` is to deliver it. */
export function matches(event: WatchEvent, keys: KeyRange, wanted: 'all' | 'puts' | 'deletes'): boolean {
  const key = event.kind === 'put' ? event.keyValue.key : event.key;
  return rangeIncludes(keys, key) && (wanted === 'all' || wanted === `${event.kind}s`);
}

function orThrow(outcome: TxnOutcome): TxnAnswer & { readonly revision: Revision } {
  if (outcome instanceof Refused) throw outcome;
  return outcome;
}
