import type { Answer, Model } from '../model.ts';
import type { Renewed } from './lease-expiries.ts';
import {
  describeKvInput,
  describeKvOutput,
  type KvInput,
  type KvOperation,
  type KvOutput,
  type KvResult,
  type KvTxn,
} from './kv-operations.ts';
import {
  boundedBy,
  compareMay,
  exactly,
  keyOfState,
  keysIn,
  observed,
  type KvKeyState,
  type KvState,
  type RevisionBounds,
} from './kv-state.ts';

type TxnOutput = Extract<KvOutput, { kind: 'txn' }>;

/** A recorded input; with leases, what `withExpiries` makes of it. */
export type KvModelInput = KvInput | Renewed<KvInput>;

/**
 * A key-value store with transactions and one revision, as etcd's; with leases, when the history went through `withExpiries`.
 * @param revisions `dense`: every write is in the history, so that each makes the very next revision. `gaps`: somebody else
 *   may write too, other keys that is, so that revisions only rise
 */
export function kvModel(revisions: 'dense' | 'gaps'): Model<KvState, KvModelInput, KvOutput> {
  const isDense = revisions === 'dense';
  return {
    initial: { revision: 1, keys: new Map(), leases: new Map() },
    step: (state, input, answer) => {
      if (input.kind === 'txn') return stepTxn(state, input, answer, isDense);
      return stepLease(state, input, answer, isDense);
    },
    key: keyOfState,
    isRead: (input) =>
      input.kind === 'txn' && [input.success, input.failure].every((branch) => branch?.every(isRange) !== false),
    isPast: (state, _input, answer) => answer !== 'unknown' && state.revision > revisionBefore(answer.output),
    leaves: (input) =>
      input.kind !== 'txn'
        ? []
        : [...(input.success ?? []), ...(input.failure ?? [])].flatMap((one) =>
            one.kind === 'put' ? [markOf(one)] : [],
          ),
    shows: (_input, output) =>
      output.kind !== 'txn'
        ? []
        : output.results.flatMap((one) => (one.kind === 'range' ? one.keyValues.map(markOf) : [])),
    describeInput: (input) => (input.kind === 'expire' ? `(lease ${input.lease} expires)` : describeKvInput(input)),
    describeOutput: describeKvOutput,
  };
}

/** The store's when the operation came, at most: a write makes a later one. */
function revisionBefore(output: KvOutput): number {
  if (output.kind !== 'txn') return Number.POSITIVE_INFINITY;
  const isWrite = output.results.some((one) => one.kind === 'put' || (one.kind === 'delete' && one.deleted > 0));
  return isWrite ? output.revision - 1 : output.revision;
}

function markOf({ key, value }: { readonly key: string; readonly value: string }): string {
  return `${key}=${value}`;
}

function isRange({ kind }: KvOperation): boolean {
  return kind === 'range';
}

function stepTxn(state: KvState, txn: KvTxn, answer: Answer<KvOutput>, isDense: boolean): KvState[] {
  if (answer !== 'unknown' && answer.output.kind !== 'txn' && answer.output.kind !== 'no-lease') return [];
  const compares = txn.compares ?? [];
  const mays = compares.map((compare) => compareMay(state.keys.get(compare.key), compare));
  const output = answer !== 'unknown' && answer.output.kind === 'txn' ? answer.output : undefined;
  const states: KvState[] = [];
  for (const succeeded of [true, false]) {
    if (output !== undefined && output.succeeded !== succeeded) continue;
    if (!(succeeded ? mays.every(({ hold }) => hold) : mays.some(({ fail }) => fail))) continue;
    const operations = (succeeded ? txn.success : txn.failure) ?? [];
    const lacksLease = operations.some(
      (one) => one.kind === 'put' && one.lease !== undefined && !state.leases.has(one.lease),
    );
    if (lacksLease) {
      if (output === undefined) states.push(state);
      continue;
    }
    if (answer !== 'unknown' && output === undefined) continue;
    const next = new Draft(state, output, isDense).run(operations);
    if (next !== undefined) states.push(next);
  }
  return states;
}

function stepLease(
  state: KvState,
  input: Exclude<KvModelInput, { kind: 'txn' }>,
  answer: Answer<KvOutput>,
  isDense: boolean,
): KvState[] {
  const { kind, lease } = input;
  const said = answer === 'unknown' ? undefined : answer.output.kind;
  const saidOne = (expected: KvOutput['kind']): boolean => said === undefined || said === expected;
  const present = state.leases.get(lease);
  if (kind === 'grant') {
    if (present !== undefined) return saidOne('lease-exists') ? [state] : [];
    return saidOne('granted') ? [{ ...state, leases: renewed(state.leases, input) }] : [];
  }
  if (kind === 'expire') return present === input.renewal ? [ended(state, lease, isDense)] : [];
  if (present === undefined) return saidOne('no-lease') ? [state] : [];
  if (kind === 'keep-alive') return saidOne('kept') ? [{ ...state, leases: renewed(state.leases, input) }] : [];
  return saidOne('revoked') ? [ended(state, lease, isDense)] : [];
}

function renewed(
  leases: KvState['leases'],
  input: { readonly lease: string; readonly renewal?: number },
): KvState['leases'] {
  return new Map(leases).set(input.lease, input.renewal ?? 0);
}

/** The lease is gone, and with it its keys, in one revision. */
function ended(state: KvState, lease: string, isDense: boolean): KvState {
  const leases = new Map(state.leases);
  leases.delete(lease);
  const operations = [...state.keys]
    .filter(([, key]) => key.lease === lease)
    .map(([from]): KvOperation => ({ kind: 'delete', from }));
  const next = new Draft(state, undefined, isDense).run(operations) ?? state;
  return { ...next, leases };
}

/** One transaction at work on a copy of the keys. */
class Draft {
  readonly #before: KvState;
  readonly #output: TxnOutput | undefined;
  readonly #isDense: boolean;
  readonly #keys: Map<string, KvKeyState>;
  #isChanged = false;

  constructor(before: KvState, output: TxnOutput | undefined, isDense: boolean) {
    this.#before = before;
    this.#output = output;
    this.#isDense = isDense;
    this.#keys = new Map(before.keys);
  }

  /** @returns the state after it; `undefined` when it would have answered something else */
  run(operations: readonly KvOperation[]): KvState | undefined {
    const results = this.#output?.results;
    if (results !== undefined && results.length !== operations.length) return undefined;
    for (const [index, operation] of operations.entries()) {
      if (!this.#apply(operation, results?.[index])) return undefined;
    }
    const { revision } = this.#before;
    const answered = this.#output?.revision;
    const least = this.#isChanged ? revision + 1 : revision;
    if (answered !== undefined && (this.#isDense ? answered !== least : answered < least)) return undefined;
    const { leases } = this.#before;
    return { revision: answered ?? least, keys: this.#bounded(answered), leases };
  }

  /** @returns whether it answers `result`, when there is one */
  #apply(operation: KvOperation, result: KvResult | undefined): boolean {
    if (result !== undefined && result.kind !== operation.kind) return false;
    switch (operation.kind) {
      case 'put':
        this.#put(operation);
        return true;
      case 'delete': {
        const keys = keysIn(this.#keys, operation);
        for (const key of keys) this.#keys.delete(key);
        this.#isChanged ||= keys.length > 0;
        return result?.kind !== 'delete' || result.deleted === keys.length;
      }
      case 'range':
        return result?.kind !== 'range' || this.#answers(keysIn(this.#keys, operation), result.keyValues);
    }
  }

  #put({ key, value, lease }: Extract<KvOperation, { kind: 'put' }>): void {
    const before = this.#keys.get(key);
    const mod = this.#revisionMade();
    this.#keys.set(key, { value, create: before?.create ?? mod, mod, version: (before?.version ?? 0) + 1, lease });
    this.#isChanged = true;
  }

  #answers(keys: readonly string[], keyValues: Extract<KvResult, { kind: 'range' }>['keyValues']): boolean {
    if (keys.length !== keyValues.length) return false;
    for (const [index, seen] of keyValues.entries()) {
      const key = this.#keys.get(seen.key);
      const known = keys[index] === seen.key && key !== undefined ? observed(key, seen) : undefined;
      if (known === undefined) return false;
      this.#keys.set(seen.key, known);
    }
    return true;
  }

  #revisionMade(): RevisionBounds {
    if (this.#output !== undefined) return exactly(this.#output.revision);
    const next = this.#before.revision + 1;
    return { min: next, max: this.#isDense ? next : Number.POSITIVE_INFINITY };
  }

  /** What was written before a write at `answered` was written before that revision. */
  #bounded(answered: number | undefined): ReadonlyMap<string, KvKeyState> {
    return this.#isDense || answered === undefined ? this.#keys : boundedBy(this.#keys, answered);
  }
}
