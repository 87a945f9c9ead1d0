import { assert } from '@portolan/kernel';
import { keyFromBytes } from '../key.ts';
import type { Command } from '../machine/command.ts';
import { FIRST_COMMAND_FORMAT } from '../machine/command-format.ts';
import type { Idempotency, PutOperation } from '../txn-request.ts';
import { encodeKeyspace } from '../wire/scalars.ts';
import type { EntryBuffer } from './entry-buffer.ts';

/** Number × 8 + wire type, of the fields of command.proto and kv.proto. */
const COMMAND_TAG = { format: 0x08, txn: 0x12 } as const;
const TXN_TAG = { success: 0x12, session: 0x21, sequence: 0x28 } as const;
const OPERATION_TAG = { put: 0x12 } as const;
const PUT_TAG = { keyspace: 0x08, key: 0x12, value: 0x1a, lease: 0x20, previous: 0x28 } as const;

/** A tag, and a value below 128. */
const SMALL_BYTES = 2;
/** A tag, and 64 bits. */
const SESSION_BYTES = 9;

/** What 7 bits of each byte cannot say goes into the next one. */
const MORE = 0x80;
const LONG_END = 2n ** 63n;
const SESSION_END = 2n ** 64n;
const NONE: readonly never[] = [];

export interface Encoded {
  readonly data: Uint8Array;
  /** As `decodeCommand` reads it from `data`, with which it shares nothing. */
  readonly command: Command;
}

/**
 * Hot path: `npm run bench -- registry`. A transaction of puts alone, in the bytes that `encodeCommand` writes.
 * @returns undefined when one of them says what few do: it is written as every other command is
 */
export function encodePuts(
  puts: readonly PutOperation[],
  idempotency: Idempotency | undefined,
  buffer: EntryBuffer,
): Encoded | undefined {
  if (idempotency !== undefined && !isUsual(idempotency)) return undefined;
  let txnBytes = idempotency === undefined ? 0 : idempotencyBytes(idempotency);
  for (const put of puts) {
    const bytes = putBytes(put);
    if (bytes === undefined) return undefined;
    txnBytes += fieldBytes(fieldBytes(bytes));
  }
  const data = buffer.take(SMALL_BYTES + fieldBytes(txnBytes));
  let at = writeSmall(data, 0, COMMAND_TAG.format, FIRST_COMMAND_FORMAT);
  at = writeHead(data, at, COMMAND_TAG.txn, txnBytes);
  const success: PutOperation[] = [];
  for (const put of puts) at = writePut(data, at, put, success);
  if (idempotency !== undefined) writeIdempotency(data, at, idempotency);
  return { data, command: { kind: 'txn', txn: { compares: NONE, success, failure: NONE }, idempotency } };
}

/** @returns undefined for a put that says what few do */
function putBytes({ key, value, lease, previous }: PutOperation): number | undefined {
  if (value === 'keep' || lease === 'keep' || key.length === 0) return undefined;
  if (lease !== undefined && (lease <= 0n || lease >= LONG_END)) return undefined;
  const valueBytes = value.length === 0 ? 0 : fieldBytes(value.length);
  const leaseBytes = lease === undefined ? 0 : 1 + longBytes(lease);
  return SMALL_BYTES + fieldBytes(key.length) + valueBytes + leaseBytes + (previous === true ? SMALL_BYTES : 0);
}

/**
 * @param read is given what was written, as it is read
 * @returns where it ends
 */
function writePut(data: Buffer, start: number, put: PutOperation, read: PutOperation[]): number {
  const { keyspace, key, value, lease, previous } = put;
  const bytes = putBytes(put);
  assert(bytes !== undefined && value !== 'keep' && lease !== 'keep', 'only such puts are written here');
  let at = writeHead(data, start, TXN_TAG.success, fieldBytes(bytes));
  at = writeHead(data, at, OPERATION_TAG.put, bytes);
  at = writeSmall(data, at, PUT_TAG.keyspace, encodeKeyspace(keyspace));
  at = writeHead(data, at, PUT_TAG.key, key.length);
  data.write(key, at, key.length, 'latin1');
  const keyRead = keyFromBytes(data, at, at + key.length);
  at += key.length;
  if (value.length > 0) {
    at = writeHead(data, at, PUT_TAG.value, value.length);
    data.set(value, at);
    at += value.length;
  }
  const own: PutOperation = { kind: 'put', keyspace, key: keyRead, value: new Uint8Array(value) };
  if (lease === undefined && previous !== true) {
    read.push(own);
    return at;
  }
  read.push({ ...own, ...(lease !== undefined && { lease }), ...(previous === true && { previous }) });
  if (lease !== undefined) {
    data[at] = PUT_TAG.lease;
    at = writeLong(data, at + 1, lease);
  }
  return previous === true ? writeSmall(data, at, PUT_TAG.previous, 1) : at;
}

/** Others are not written, or cannot be. */
const isUsual = ({ session, sequence }: Idempotency): boolean =>
  session > 0n && session < SESSION_END && Number.isSafeInteger(sequence) && sequence > 0;

function idempotencyBytes({ sequence }: Idempotency): number {
  return SESSION_BYTES + 1 + longBytes(BigInt(sequence));
}

function writeIdempotency(data: Buffer, start: number, { session, sequence }: Idempotency): void {
  data[start] = TXN_TAG.session;
  const at = data.writeBigUInt64LE(session, start + 1);
  data[at] = TXN_TAG.sequence;
  writeLong(data, at + 1, BigInt(sequence));
}

/** Tag, length and content. */
function fieldBytes(length: number): number {
  return 1 + intBytes(length) + length;
}

function intBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

function longBytes(value: bigint): number {
  let bytes = 1;
  for (let end = 128n; value >= end; end <<= 7n) bytes += 1;
  return bytes;
}

function writeSmall(data: Uint8Array, at: number, tag: number, value: number): number {
  data[at] = tag;
  data[at + 1] = value;
  return at + SMALL_BYTES;
}

function writeHead(data: Uint8Array, at: number, tag: number, length: number): number {
  data[at] = tag;
  let next = at + 1;
  let rest = length;
  for (; rest >= MORE; rest >>>= 7) {
    data[next] = (rest & (MORE - 1)) | MORE;
    next += 1;
  }
  data[next] = rest;
  return next + 1;
}

function writeLong(data: Uint8Array, at: number, value: bigint): number {
  let next = at;
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) {
    data[next] = Number(rest & 127n) | MORE;
    next += 1;
  }
  data[next] = Number(rest);
  return next + 1;
}
