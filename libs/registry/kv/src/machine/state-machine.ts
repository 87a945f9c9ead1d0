import { assert, PortolanError, unreachable } from '@portolan/kernel';
import {
  CompactedError,
  FutureRevisionError,
  LeaseExistsError,
  LeaseNotFoundError,
  QuotaExceededError,
  ResponseTooLargeError,
  StaleSnapshotError,
  TooManyLeasesError,
} from '../errors.ts';
import { KEYSPACES, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import { KEPT_ANSWER_BYTES_MAX, LEASES_PER_RESERVED, quotaOf, type AgreedLimits } from '../limits.ts';
import { CorruptStoreError, FormatNotActiveError } from '../refused-writes.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import { writeSnapshot } from '../snapshot/write-snapshot.ts';
import type { Idempotency, NestedTxn } from '../txn-request.ts';
import { isCorrupt, isFull, NO_MEMBER, withAlarm, withoutAlarm } from './alarms.ts';
import { answerBytes } from './answer-bytes.ts';
import type { Change } from './change.ts';
import type { Applied, Command, LogEntry } from './command.ts';
import { ALARMS_FORMAT, formatOf } from './command-format.ts';
import type { KeyspaceState } from './keyspace-state.ts';
import type { LeaseTable } from './lease-table.ts';
import { createMachineState, type MachineState } from './machine-state.ts';
import { nextRevision, runTxn } from './run-txn.ts';

/** Told what happens to the state while it happens. */
export interface MachineListener {
  /** A command changed a keyspace. */
  changed(keyspace: Keyspace, change: Change): void;
  /** A snapshot took the place of the state, which was at revision `before`. */
  restored(before: Revision): void;
}

type GrantCommand = Extract<Command, { readonly kind: 'grant' }>;

/**
 * The store as a pure function of its log: the same entries give the same keys, revisions, answers and errors on every member.
 * No clock, no randomness, no settings.
 */
export class StateMachine {
  readonly #listener: MachineListener;
  #state: MachineState = createMachineState();
  #isRestoring = false;

  constructor(listener: MachineListener) {
    this.#listener = listener;
  }

  get revision(): Revision {
    return this.#state.revision;
  }

  /** Of the last command that was applied; 0 before the first. */
  get index(): number {
    return this.#state.index;
  }

  /** In force now. */
  get limits(): AgreedLimits {
    return this.#state.limits;
  }

  /** Of commands that may be proposed now. */
  get format(): number {
    return this.#state.format;
  }

  get alarms(): readonly Alarm[] {
    return this.#state.alarms;
  }

  /** Other objects after a restore: ask again rather than keep them. */
  get keyspaces(): Readonly<Record<Keyspace, KeyspaceState>> {
    return this.#state.keyspaces;
  }

  get leases(): LeaseTable {
    return this.#state.leases;
  }

  apply(entry: LogEntry): Applied {
    assert(entry.index > this.#state.index, 'the log is applied in order, each entry once');
    assert(!this.#isRestoring, 'a snapshot comes between two entries');
    this.#state.index = entry.index;
    try {
      return this.#run(entry, entry.command);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      return { kind: 'refused', revision: this.#state.revision, error };
    }
  }

  /**
   * The state as it is now, in slices of at most `SNAPSHOT_SLICE_BYTES_MAX`: it stays that of now, however late and while commands
   * are applied it is read. Taking it is O(sessions), which is little; writing it out is paid for slice by slice.
   */
  snapshot(): Iterable<Uint8Array> {
    return writeSnapshot(this.#state);
  }

  /**
   * Replaces the state, at once and after the last slice; until then it is the one of before. Slices may be cut elsewhere.
   * @throws UnknownSnapshotError, MalformedSnapshotError, StaleSnapshotError: nothing has changed
   */
  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    assert(!this.#isRestoring, 'one snapshot at a time');
    this.#isRestoring = true;
    try {
      const restored = await readSnapshot(slices, this.#state);
      const { index, revision: before } = this.#state;
      if (restored.index < index || restored.revision < before) throw new StaleSnapshotError(restored, this.#state);
      this.#state = restored;
      this.#listener.restored(before);
    } finally {
      this.#isRestoring = false;
    }
  }

  #run(entry: LogEntry, command: Command): Applied {
    const { format } = this.#state;
    if (command.kind !== 'activate' && formatOf(command) > format) {
      throw new FormatNotActiveError(formatOf(command), format);
    }
    switch (command.kind) {
      case 'txn':
        return command.idempotency === undefined
          ? this.#txn(command.txn)
          : this.#txnOnce(command.txn, command.idempotency);
      case 'grant':
        return this.#grant(entry.index, command);
      case 'revoke':
        this.#requireWritable();
        if (this.leases.get(command.id) === undefined) throw new LeaseNotFoundError(command.id);
        return this.#endLease(command.id);
      case 'expire':
        this.#requireWritable();
        if (command.term === entry.term) {
          for (const { id, grantedAt } of command.leases) {
            if (this.leases.get(id)?.grantedAt === grantedAt) this.#endLease(id);
          }
        }
        return this.#done();
      case 'compact':
        this.#requireWritable();
        return this.#compact(command.keyspace, command.revision);
      case 'limit':
        this.#state.limits = command.limits;
        return this.#done();
      case 'activate':
        this.#state.format = Math.max(this.#state.format, command.format);
        return this.#done();
      case 'raise-alarm':
        this.#state.alarms = withAlarm(this.#state.alarms, command.alarm);
        return this.#done();
      case 'disarm-alarm':
        this.#state.alarms = withoutAlarm(this.#state.alarms, command.alarm);
        return this.#done();
      default:
        return unreachable(command);
    }
  }

  #txnOnce(txn: NestedTxn, idempotency: Idempotency): Applied {
    const first = this.#state.sessions.find(idempotency);
    if (first !== undefined) return first;
    const applied = this.#txn(txn);
    this.#state.sessions.keep(idempotency, keepable(applied), this.#state.limits);
    return applied;
  }

  #txn(txn: NestedTxn): Applied {
    try {
      const answer = runTxn(this.#state, txn);
      this.#commit();
      return { kind: 'txn', revision: this.#state.revision, answer };
    } catch (error) {
      for (const keyspace of KEYSPACES) this.keyspaces[keyspace].rollback();
      if (!(error instanceof PortolanError)) throw error;
      if (error instanceof QuotaExceededError) this.#noteFull(error.keyspace);
      return { kind: 'refused', revision: this.#state.revision, error };
    }
  }

  /** Members of a version before alarms would not: none is raised while there may be one. */
  #noteFull(keyspace: Keyspace): void {
    const { format, alarms } = this.#state;
    if (format < ALARMS_FORMAT || isFull(alarms, keyspace)) return;
    this.#state.alarms = [...alarms, { kind: 'no-space', memberId: NO_MEMBER, keyspace }];
  }

  #requireWritable(): void {
    if (isCorrupt(this.#state.alarms)) throw new CorruptStoreError();
  }

  #grant(index: number, { id, ttlSeconds, keyspace: given }: GrantCommand): Applied {
    const keyspace = given ?? 'user';
    this.#requireWritable();
    if (isFull(this.#state.alarms, keyspace)) {
      throw new QuotaExceededError(keyspace, quotaOf(this.#state.limits, keyspace));
    }
    if (this.leases.get(id) !== undefined) throw new LeaseExistsError(id);
    const leasesMax = this.#leasesMax(keyspace);
    if (this.leases.size >= leasesMax) throw new TooManyLeasesError(leasesMax);
    this.leases.add({ id, ttlSeconds, grantedAt: index });
    return this.#done();
  }

  /** However many leases applications take, there are some left for services to register with. */
  #leasesMax(keyspace: Keyspace): number {
    const { format, limits } = this.#state;
    if (keyspace !== 'user' || format < ALARMS_FORMAT) return limits.leasesMax;
    return limits.leasesMax - Math.floor(limits.leasesMax / LEASES_PER_RESERVED);
  }

  #endLease(id: LeaseId): Applied {
    const next = nextRevision(this.#state);
    for (const [keyspace, key] of this.leases.keysOf(id)) this.keyspaces[keyspace].delete(key, next);
    this.leases.remove(id);
    this.#commit();
    return this.#done();
  }

  #compact(keyspace: Keyspace, at: Revision): Applied {
    const state = this.keyspaces[keyspace];
    if (at <= state.floor) throw new CompactedError(at, state.floor);
    if (at > this.#state.revision) throw new FutureRevisionError(at, this.#state.revision);
    state.compact(at);
    return this.#done();
  }

  /** Makes what is pending the next revision; nothing pending, no revision. */
  #commit(): void {
    const next = nextRevision(this.#state);
    for (const keyspace of KEYSPACES) {
      const state = this.keyspaces[keyspace];
      if (state.pending.length === 0) continue;
      this.#state.revision = next;
      const change = state.commit(next);
      for (const changed of change.events) this.leases.follow(keyspace, changed);
      this.#listener.changed(keyspace, change);
    }
  }

  #done(): Applied {
    return { kind: 'done', revision: this.#state.revision };
  }
}

/** What a retry is answered with. */
function keepable(applied: Applied): Applied {
  if (applied.kind !== 'txn') return applied;
  const bytes = answerBytes(applied.answer);
  if (bytes <= KEPT_ANSWER_BYTES_MAX) return applied;
  return {
    kind: 'refused',
    revision: applied.revision,
    error: new ResponseTooLargeError(bytes, KEPT_ANSWER_BYTES_MAX),
  };
}
