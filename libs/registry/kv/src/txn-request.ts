import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, LeaseId, Revision, SessionId } from './ids.ts';
import type { Key } from './key.ts';
import type { KeyRange } from './key-range.ts';
import type { KeyValue } from './key-value.ts';
import type { RangeAnswer, RangeQuery } from './range-request.ts';

export type Relation = 'equal' | 'not-equal' | 'less' | 'greater';

/** What of a key is compared. Of an absent key every number is 0, and a comparison of its value is false. */
export type CompareTarget =
  | { readonly kind: 'version'; readonly value: number }
  | { readonly kind: 'create' | 'mod'; readonly value: Revision }
  /** `undefined`: no lease. */
  | { readonly kind: 'lease'; readonly value: LeaseId | undefined }
  | { readonly kind: 'value'; readonly value: Uint8Array };

/**
 * Holds when it holds for every key of the range. A range without keys is one absent key.
 */
export interface Compare {
  readonly keyspace: Keyspace;
  readonly keys: KeyRange;
  readonly relation: Relation;
  readonly target: CompareTarget;
}

export interface PutOperation {
  readonly kind: 'put';
  readonly keyspace: Keyspace;
  readonly key: Key;
  /** `keep`: the value it has; KeyNotFoundError when there is none. */
  readonly value: Uint8Array | 'keep';
  /** Default: no lease, also when the key had one. `keep`: the lease it has; KeyNotFoundError when the key is absent. */
  readonly lease?: LeaseId | 'keep';
  /** Answer with what the key was before. */
  readonly previous?: boolean;
}

export interface DeleteOperation {
  readonly kind: 'delete';
  readonly keyspace: Keyspace;
  readonly keys: KeyRange;
  readonly previous?: boolean;
}

/** Sees what the operations before it did. */
export interface RangeOperation extends RangeQuery {
  readonly kind: 'range';
}

export interface NestedTxn {
  /** Default: none, so `success` runs. */
  readonly compares?: readonly Compare[];
  /** Run, in order, when every compare holds. */
  readonly success?: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export interface TxnOperation extends NestedTxn {
  readonly kind: 'txn';
}

export type Operation = RangeOperation | PutOperation | DeleteOperation | TxnOperation;

/**
 * Makes a retry safe: the first transaction of a session with this sequence is applied, every later one is answered with its result.
 * A session begins with sequence 1 (an empty transaction will do) and may then have `SEQUENCE_WINDOW` under way, in any order.
 * A result above `KEPT_ANSWER_BYTES_MAX` is not kept: its retries get ResponseTooLargeError, as every remote caller does at once.
 */
export interface Idempotency {
  readonly session: SessionId;
  /** 1, 2, 3, … */
  readonly sequence: number;
}

export interface TxnRequest extends NestedTxn, PrincipalRequest {
  readonly idempotency?: Idempotency;
}

export type OperationResult =
  | ({ readonly kind: 'range' } & RangeAnswer)
  | { readonly kind: 'put'; readonly previous: KeyValue | undefined }
  /** `previous` is empty unless asked for. */
  | { readonly kind: 'delete'; readonly deleted: number; readonly previous: readonly KeyValue[] }
  | ({ readonly kind: 'txn' } & TxnAnswer);

export interface TxnAnswer {
  /** All compares held. */
  readonly succeeded: boolean;
  /** One for each operation of the branch that ran. */
  readonly results: readonly OperationResult[];
}

export interface TxnResult extends Header, TxnAnswer {}
