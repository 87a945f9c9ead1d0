import { assert, PortolanError, unreachable } from '@portolan/kernel';
import {
  CompactedError,
  FutureRevisionError,
  LeaseExistsError,
  LeaseNotFoundError,
  TooManyLeasesError,
} from '../errors.ts';
import { KEYSPACES, revision, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import type { KvLimits } from '../limits.ts';
import type { Idempotency, NestedTxn } from '../txn-request.ts';
import { answerBytes } from './answer-bytes.ts';
import type { Change } from './change.ts';
import type { Applied, Command, LogEntry } from './command.ts';
import { KeyspaceState } from './keyspace-state.ts';
import { LeaseTable } from './lease-table.ts';
import { runTxn } from './run-txn.ts';
import { SessionTable } from './session-table.ts';

/** Of the empty store, as in etcd: 0 stays free to mean "none" on the wire. The first change makes 2. */
export const FIRST_REVISION = revision(1);

/** Told of each change while it is applied, keyspace by keyspace. */
export type OnChange = (keyspace: Keyspace, change: Change) => void;

/**
 * The store as a pure function of its log: the same entries give the same keys, revisions, answers and errors on every member.
 * No clock, no randomness, no settings but `limits`, which are the same everywhere.
 */
export class StateMachine {
  readonly #limits: KvLimits;
  readonly #onChange: OnChange;
  readonly #sessions: SessionTable;
  readonly keyspaces: Readonly<Record<Keyspace, KeyspaceState>> = {
    user: new KeyspaceState(FIRST_REVISION),
    catalog: new KeyspaceState(FIRST_REVISION),
    system: new KeyspaceState(FIRST_REVISION),
  };
  readonly leases = new LeaseTable();
  #revision = FIRST_REVISION;
  #index = 0;

  constructor(limits: KvLimits, onChange: OnChange) {
    this.#limits = limits;
    this.#onChange = onChange;
    this.#sessions = new SessionTable(limits);
  }

  get revision(): Revision {
    return this.#revision;
  }

  apply(entry: LogEntry): Applied {
    assert(entry.index > this.#index, 'the log is applied in order, each entry once');
    this.#index = entry.index;
    try {
      return this.#run(entry, entry.command);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      return { kind: 'refused', revision: this.#revision, error };
    }
  }

  #run(entry: LogEntry, command: Command): Applied {
    switch (command.kind) {
      case 'txn':
        return command.idempotency === undefined
          ? this.#txn(command.txn)
          : this.#txnOnce(command.txn, command.idempotency);
      case 'grant':
        return this.#grant(entry.index, command.id, command.ttlSeconds);
      case 'revoke':
        if (this.leases.get(command.id) === undefined) throw new LeaseNotFoundError(command.id);
        return this.#endLease(command.id);
      case 'expire':
        if (command.term === entry.term) {
          for (const { id, grantedAt } of command.leases) {
            if (this.leases.get(id)?.grantedAt === grantedAt) this.#endLease(id);
          }
        }
        return this.#done();
      case 'compact':
        return this.#compact(command.keyspace, command.revision);
      default:
        return unreachable(command);
    }
  }

  #txnOnce(txn: NestedTxn, idempotency: Idempotency): Applied {
    const first = this.#sessions.find(idempotency);
    if (first !== undefined) return first;
    const applied = this.#txn(txn);
    this.#sessions.keep(idempotency, applied, applied.kind === 'txn' ? answerBytes(applied.answer) : 0);
    return applied;
  }

  #txn(txn: NestedTxn): Applied {
    const next = revision(this.#revision + 1);
    const scope = {
      keyspaces: this.keyspaces,
      leases: this.leases,
      quotaBytes: this.#limits.quotaBytes,
      current: this.#revision,
      next,
    };
    try {
      const answer = runTxn(scope, txn);
      this.#commit(next);
      return { kind: 'txn', revision: this.#revision, answer };
    } catch (error) {
      for (const keyspace of KEYSPACES) this.keyspaces[keyspace].rollback();
      if (!(error instanceof PortolanError)) throw error;
      return { kind: 'refused', revision: this.#revision, error };
    }
  }

  #grant(index: number, id: LeaseId, ttlSeconds: number): Applied {
    if (this.leases.get(id) !== undefined) throw new LeaseExistsError(id);
    if (this.leases.size >= this.#limits.leasesMax) throw new TooManyLeasesError(this.#limits.leasesMax);
    this.leases.add({ id, ttlSeconds, grantedAt: index });
    return this.#done();
  }

  #endLease(id: LeaseId): Applied {
    const next = revision(this.#revision + 1);
    for (const [keyspace, key] of this.leases.keysOf(id)) this.keyspaces[keyspace].delete(key, next);
    this.leases.remove(id);
    this.#commit(next);
    return this.#done();
  }

  #compact(keyspace: Keyspace, at: Revision): Applied {
    const state = this.keyspaces[keyspace];
    if (at <= state.floor) throw new CompactedError(at, state.floor);
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    state.compact(at);
    return this.#done();
  }

  /** Makes what is pending the revision `next`; nothing pending, no revision. */
  #commit(next: Revision): void {
    const changed = KEYSPACES.filter((keyspace) => this.keyspaces[keyspace].pending.length > 0);
    if (changed.length === 0) return;
    this.#revision = next;
    for (const keyspace of changed) {
      const change = this.keyspaces[keyspace].commit(next);
      for (const { event, previous } of change.events) {
        if (previous?.lease !== undefined) this.leases.detach(previous.lease, keyspace, previous.key);
        if (event.kind === 'put' && event.keyValue.lease !== undefined) {
          this.leases.attach(event.keyValue.lease, keyspace, event.keyValue.key);
        }
      }
      this.#onChange(keyspace, change);
    }
  }

  #done(): Applied {
    return { kind: 'done', revision: this.#revision };
  }
}
