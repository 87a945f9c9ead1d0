import type { LeaseId } from '../ids.ts';
import { keyFromBytes, type Key } from '../key.ts';
import type { Command } from '../machine/command.ts';
import { FIRST_COMMAND_FORMAT } from '../machine/command-format.ts';
import type { PutOperation } from '../txn-request.ts';
import { encodeKeyspace } from '../wire/scalars.ts';
import type { EntryBuffer } from './entry-buffer.ts';

/** Number × 8 + wire type, of the fields of command.proto and kv.proto. */
const TXN_TAG = { format: 0x08, txn: 0x12, success: 0x12, put: 0x12 } as const;
const PUT_TAG = { keyspace: 0x08, key: 0x12, value: 0x1a, lease: 0x20, previous: 0x28 } as const;

/** A tag, and a value below 128. */
const SMALL_BYTES = 2;

/** What 7 bits of each byte cannot say goes into the next one. */
const MORE = 0x80;
const LEASE_END = 2n ** 63n;
const NONE: readonly never[] = [];

export interface Encoded {
  readonly data: Uint8Array;
  /** As `decodeCommand` reads it from `data`, with which it shares nothing. */
  readonly command: Command;
}

/**
 * Hot path: `npm run bench -- registry`. The transaction of one put, in the bytes that `encodeCommand` writes.
 * @returns undefined for a put that says what few do: it is written as every other command is
 */
export function encodePut(put: PutOperation, buffer: EntryBuffer): Encoded | undefined {
  const { key, value, lease, previous = false } = put;
  if (value === 'keep' || lease === 'keep' || key.length === 0) return undefined;
  if (lease !== undefined && (lease <= 0n || lease >= LEASE_END)) return undefined;
  const valueBytes = value.length === 0 ? 0 : fieldBytes(value.length);
  const leaseBytes = lease === undefined ? 0 : 1 + longBytes(lease);
  const putBytes = SMALL_BYTES + fieldBytes(key.length) + valueBytes + leaseBytes + (previous ? SMALL_BYTES : 0);
  const operationBytes = fieldBytes(putBytes);
  const txnBytes = fieldBytes(operationBytes);
  const data = buffer.take(SMALL_BYTES + fieldBytes(txnBytes));
  let at = writeSmall(data, 0, TXN_TAG.format, FIRST_COMMAND_FORMAT);
  at = writeHead(data, at, TXN_TAG.txn, txnBytes);
  at = writeHead(data, at, TXN_TAG.success, operationBytes);
  at = writeHead(data, at, TXN_TAG.put, putBytes);
  at = writeSmall(data, at, PUT_TAG.keyspace, encodeKeyspace(put.keyspace));
  at = writeHead(data, at, PUT_TAG.key, key.length);
  data.write(key, at, key.length, 'latin1');
  const keyRead = keyFromBytes(data.subarray(at, at + key.length));
  at += key.length;
  if (valueBytes > 0) {
    at = writeHead(data, at, PUT_TAG.value, value.length);
    data.set(value, at);
    at += value.length;
  }
  if (lease !== undefined) {
    data[at] = PUT_TAG.lease;
    at = writeLong(data, at + 1, lease);
  }
  if (previous) writeSmall(data, at, PUT_TAG.previous, 1);
  return { data, command: commandOf(put, keyRead, value) };
}

function commandOf({ keyspace, lease, previous }: PutOperation, key: Key, bytes: Uint8Array): Command {
  const value = new Uint8Array(bytes);
  const put: PutOperation = { kind: 'put', keyspace, key, value };
  const whole =
    lease === undefined && previous !== true
      ? put
      : { ...put, ...(lease !== undefined && { lease }), ...(previous === true && { previous }) };
  return { kind: 'txn', txn: { compares: NONE, success: [whole], failure: NONE }, idempotency: undefined };
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

function longBytes(value: LeaseId): number {
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

function writeLong(data: Uint8Array, at: number, value: LeaseId): number {
  let next = at;
  let rest: bigint = value;
  for (; rest >= 128n; rest >>= 7n) {
    data[next] = Number(rest & 127n) | MORE;
    next += 1;
  }
  data[next] = Number(rest);
  return next + 1;
}
