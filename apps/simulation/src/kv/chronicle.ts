import {
  decodeCommand,
  KEYSPACES,
  keyOf,
  keysFrom,
  keyToText,
  revision,
  type Applied,
  type Command,
  type KeyRange,
  type Keyspace,
  type LeaseId,
  type Revision,
} from '@portolan/kv';
import { NaiveStore, plain, Refused, type NaiveMoment } from '@portolan/kv/testing';
import { ANONYMOUS } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { CommittedCommand } from '@portolan/raft-driver';
import type { KvKeyValue, TrueRevision } from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import { keyValueOf, textOf } from './operations.ts';
import { PlainAlarms, restoredAlarms, type AlarmMoment } from './plain-alarms.ts';

export const ONE_LOG = 'State Machine Safety (Raft §5.4.3)';
export const ONE_MACHINE = 'Every member makes the same of the log';

/** What happens in the log, told when a member is the first to apply it. */
export type Happening =
  | { readonly kind: 'granted' | 'expired' | 'revoked'; readonly lease: LeaseId }
  | { readonly kind: 'written'; readonly value: string }
  | { readonly kind: 'compacted'; readonly keyspace: Keyspace; readonly revision: Revision }
  /** Another had been applied, and answers for it. */
  | { readonly kind: 'retried' }
  /** Leases were to expire by the word of who no longer led. */
  | { readonly kind: 'void' }
  /** Of these, all members know more commands from here on. */
  | { readonly kind: 'activated'; readonly format: number }
  /** A write would have gone beyond a quota, and has raised an alarm. */
  | { readonly kind: 'full' }
  | { readonly kind: 'refused'; readonly code: string };

interface Entry {
  readonly content: string;
  readonly outcome: string;
  /** What a member that came to it said, in its own order of fields: the next one says the same, and need not be put in order. */
  said: string | undefined;
}

/** What there was when an entry had been applied: what a backup of then must have. */
export interface ChronicleMoment extends NaiveMoment, AlarmMoment {
  /** Of each lease, the entry that granted it. */
  readonly grants: readonly (readonly [LeaseId, number])[];
}

/** What a restored cluster begins with. */
interface Beginning {
  readonly index: number;
  readonly model: (guard: PlainAlarms) => NaiveStore;
  readonly alarms: AlarmMoment;
  readonly grants: ChronicleMoment['grants'];
}

const EMPTY = 1;
export const ALL = keysFrom(keyOf('\0'));

/**
 * What truly happened: each command once, by the plainest store there is (`NaiveStore`), in the order in which members apply them. What
 * any member makes of one, whenever it comes to it, must be the same.
 */
export class Chronicle {
  readonly #model: NaiveStore;
  readonly #alarms: PlainAlarms;
  readonly #entries = new Map<number, Entry>();
  readonly #grants = new Map<LeaseId, number>();
  /** By the index of the entry. */
  readonly #moments = new Map<number, ChronicleMoment>();
  readonly #floors: Map<Keyspace, Revision>;
  readonly #answered = new Set<string>();
  readonly #tell: (happening: Happening) => void;
  #last = 0;

  constructor(tell: (happening: Happening) => void, beginning?: Beginning) {
    this.#tell = tell;
    const onFull = (): void => {
      this.#tell({ kind: 'full' });
    };
    this.#alarms = new PlainAlarms(onFull, beginning?.alarms);
    this.#model = beginning?.model(this.#alarms) ?? new NaiveStore({}, this.#alarms);
    this.#floors = new Map(KEYSPACES.map((keyspace) => [keyspace, this.#model.current]));
    this.#last = beginning?.index ?? 0;
    for (const [lease, grantedAt] of beginning?.grants ?? []) this.#grants.set(lease, grantedAt);
    this.#note(this.#last);
  }

  /**
   * What a cluster goes on with that begins from a backup of this one.
   * @param index of the entry that the backup was taken after
   * @param at the revision that it begins with
   */
  restored(index: number, at: Revision, tell: (happening: Happening) => void): Chronicle {
    const moment = this.momentAt(index);
    if (moment === undefined) throw new Violation(ONE_LOG, `nobody has applied ${index}, of which there is a backup`);
    return new Chronicle(tell, {
      index,
      model: (guard) => this.#model.restored(moment, at, guard),
      alarms: restoredAlarms(moment),
      grants: moment.grants,
    });
  }

  /** After the entry of that index. */
  momentAt(index: number): ChronicleMoment | undefined {
    return this.#moments.get(index);
  }

  /** The last that was answered in the session; 0 when there is none. */
  newestSequence(session: bigint): number {
    return this.#model.newestSequence(session);
  }

  get revision(): Revision {
    return this.#model.current;
  }

  get floor(): Revision {
    return this.#floors.get('user') ?? revision(1);
  }

  /** @throws Violation */
  applied(id: MemberId, { index, term, data }: CommittedCommand, applied: Applied): void {
    const content = `${term}: ${Buffer.from(data).toString('latin1')}`;
    let entry = this.#entries.get(index);
    if (entry === undefined) {
      if (index < this.#last) throw new Violation(ONE_LOG, `member ${id} applies ${index}, which nobody else has`);
      this.#last = index;
      entry = { content, outcome: textOfOutcome(this.#run(index, term, decodeCommand(data))), said: undefined };
      this.#entries.set(index, entry);
      this.#note(index);
    }
    if (entry.content !== content) throw new Violation(ONE_LOG, `member ${id} applies another entry at ${index}`);
    const said = applied.kind === 'refused' ? applied.error.code : JSON.stringify(applied, withText);
    if (entry.said === said) return;
    const outcome = textOfOutcome(applied);
    if (entry.outcome === outcome) {
      entry.said = said;
      return;
    }
    throw new Violation(
      ONE_MACHINE,
      `at ${term}/${index} member ${id} comes to\n  ${outcome}\nthe log says\n  ${entry.outcome}`,
    );
  }

  /** As it was: all is remembered here. */
  keysAt(at: Revision, keys: KeyRange, keyspace: Keyspace = 'user'): readonly KvKeyValue[] | undefined {
    if (at > this.revision) return undefined;
    // Who has just joined, and has nothing yet.
    if (at === EMPTY) return [];
    return this.#model.range({ keyspace, keys, revision: at }).keyValues.map(keyValueOf);
  }

  get truth(): readonly TrueRevision[] {
    const revisions = new Map<number, { key: string; value: string | undefined }[]>();
    for (const event of this.#model.eventsFrom(revision(1), { keyspace: 'user', keys: ALL })) {
      const isPut = event.kind === 'put';
      const at = isPut ? event.keyValue.modRevision : event.modRevision;
      const change = isPut
        ? { key: keyToText(event.keyValue.key), value: textOf(event.keyValue.value) }
        : { key: keyToText(event.key), value: undefined };
      revisions.set(at, [...(revisions.get(at) ?? []), change]);
    }
    return [...revisions].map(([at, changes]) => ({ revision: at, changes }));
  }

  #note(index: number): void {
    this.#moments.set(index, { ...this.#model.moment(), ...this.#alarms.moment, grants: [...this.#grants] });
  }

  #run(index: number, term: number, command: Command): Outcome {
    try {
      return this.#do(index, term, command);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#tell({ kind: 'refused', code: error.code });
      return { kind: 'refused', revision: this.revision, error };
    }
  }

  #do(index: number, term: number, command: Command): Outcome {
    this.#alarms.admit(command);
    switch (command.kind) {
      case 'txn': {
        const { txn, idempotency } = command;
        if (idempotency !== undefined) this.#noteRetry(`${idempotency.session}/${idempotency.sequence}`);
        const before = this.revision;
        const { revision: at, ...answer } = this.#model.txn({
          principal: ANONYMOUS,
          ...txn,
          ...(idempotency !== undefined && { idempotency }),
        });
        if (this.revision > before) this.#noteWritten();
        return { kind: 'txn', revision: at, answer };
      }
      case 'grant':
        this.#model.grant(command.id, command.ttlSeconds);
        this.#grants.set(command.id, index);
        this.#tell({ kind: 'granted', lease: command.id });
        break;
      case 'revoke':
        this.#model.revoke(command.id);
        this.#ended(command.id, 'revoked');
        break;
      case 'expire':
        if (command.term !== term) this.#tell({ kind: 'void' });
        else {
          for (const { id, grantedAt } of command.leases) {
            if (this.#grants.get(id) !== grantedAt) continue;
            this.#model.revoke(id);
            this.#ended(id, 'expired');
          }
        }
        break;
      case 'compact':
        this.#compact(command.keyspace, command.revision);
        break;
      case 'activate':
        this.#tell({ kind: 'activated', format: command.format });
        this.#alarms.take(command);
        break;
      default:
        // They change no key.
        this.#alarms.take(command);
        break;
    }
    return { kind: 'done', revision: this.revision };
  }

  #ended(lease: LeaseId, kind: 'expired' | 'revoked'): void {
    this.#grants.delete(lease);
    this.#tell({ kind, lease });
  }

  #compact(keyspace: Keyspace, at: Revision): void {
    if (at <= (this.#floors.get(keyspace) ?? 0)) throw new Refused('KV_COMPACTED');
    if (at > this.revision) throw new Refused('KV_FUTURE_REVISION');
    this.#floors.set(keyspace, at);
    this.#tell({ kind: 'compacted', keyspace, revision: at });
  }

  #noteWritten(): void {
    for (const event of this.#model.eventsFrom(this.revision, { keyspace: 'user', keys: ALL })) {
      if (event.kind === 'put') this.#tell({ kind: 'written', value: textOf(event.keyValue.value) });
    }
  }

  #noteRetry(name: string): void {
    if (this.#answered.has(name)) this.#tell({ kind: 'retried' });
    this.#answered.add(name);
  }
}

type Outcome = Exclude<Applied, { readonly kind: 'refused' }> | Refusal;

interface Refusal {
  readonly kind: 'refused';
  readonly revision: Revision;
  readonly error: { readonly code: string };
}

/** A refusal that is answered again says where the store is now: that is no part of what it came to. */
function textOfOutcome(outcome: Outcome): string {
  return outcome.kind === 'refused' ? `refused: ${outcome.error.code}` : JSON.stringify(plain(outcome), inOrder);
}

const withText = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Fields in one order, and ids as text. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
