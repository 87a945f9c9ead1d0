import type { RequestOp, TxnRequest } from '@portolan/contracts/etcd/kv';
import {
  keyOf,
  keysBetween,
  oneKey,
  prefixEnd,
  SEQUENCE_WINDOW,
  type Idempotency,
  type Key,
  type SessionId,
} from '@portolan/kv';
import { isAbsent, isPresent } from '../mapping/compare.ts';
import type { EtcdRange, KeyMapping } from '../mapping/key-mapping.ts';
import { plainRange } from '../mapping/range.ts';
import { nestedOp } from '../mapping/txn.ts';
import type { SessionLeases } from './session-leases.ts';

/** Digits of the greatest sequence. */
const SEQUENCE_DIGITS = 14;

/** Where the marks of one transaction are. */
export interface Marks {
  /** Says that the session is known. */
  readonly session: EtcdRange;
  /** Says that this transaction was done, and what came of it. */
  readonly own: EtcdRange;
  /** Those of the whole session. */
  readonly all: EtcdRange;
  /** Those that leave the window with this one. */
  readonly left: EtcdRange;
  /** Those that are there only when this one is too old. */
  readonly above: EtcdRange;
  /** One of them is there unless this one is too far ahead. */
  readonly near: EtcdRange;
}

export function marksOf(mapping: KeyMapping, { session, sequence }: Idempotency): Marks {
  const end = prefixEnd(sessionName(session));
  const at = (which: number): Key => markName(session, Math.max(0, which));
  const between = (low: Key, high: Key): EtcdRange => mapping.range('own', keysBetween(low, high));
  return {
    session: mapping.range('own', oneKey(sessionName(session))),
    own: mapping.range('own', oneKey(at(sequence))),
    all: between(at(0), end),
    left: between(at(0), at(sequence - SEQUENCE_WINDOW + 1)),
    above: between(at(sequence + SEQUENCE_WINDOW), end),
    near: between(at(sequence - SEQUENCE_WINDOW), end),
  };
}

export function sequenceOf(mapping: KeyMapping, key: Uint8Array): number {
  return Number.parseInt(mapping.keyOf('own', key).slice(-SEQUENCE_DIGITS), 16);
}

/**
 * `txn` unless it was done already, or is not of a known session's window; then what there is of the session is read instead: the own
 * mark, whether the session is known, all marks.
 * @param outcome noted in the own mark
 */
export function markedTxn(
  marks: Marks,
  { sequence }: Idempotency,
  leases: SessionLeases,
  outcome: string,
  txn: TxnRequest | undefined,
): TxnRequest {
  const isFirst = sequence === 1;
  const known = isFirst ? [] : [isPresent(marks.session), isPresent(marks.near)];
  const begin = isFirst ? [put(marks.session, leases.session, '')] : [deleteAll(marks.left)];
  return {
    compare: [isAbsent(marks.own), isAbsent(marks.above), ...known],
    success: [...(txn === undefined ? [] : [nestedOp(txn)]), put(marks.own, leases.mark, outcome), ...begin],
    failure: [read(marks.own), read(marks.session), read(marks.all)],
  };
}

function sessionName(session: SessionId): Key {
  return keyOf(`session/${session.toString(16).padStart(16, '0')}/`);
}

function markName(session: SessionId, sequence: number): Key {
  return keyOf(`${sessionName(session)}${sequence.toString(16).padStart(SEQUENCE_DIGITS, '0')}`);
}

function put({ key }: EtcdRange, lease: bigint, value: string): RequestOp {
  const kept = { key, value: Buffer.from(value, 'latin1'), lease, prevKv: false };
  return { request: { $case: 'requestPut', value: { ...kept, ignoreValue: false, ignoreLease: false } } };
}

function deleteAll(range: EtcdRange): RequestOp {
  return { request: { $case: 'requestDeleteRange', value: { ...range, prevKv: false } } };
}

function read(range: EtcdRange): RequestOp {
  return { request: { $case: 'requestRange', value: plainRange(range) } };
}
