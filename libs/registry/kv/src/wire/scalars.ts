import * as proto from '@portolan/contracts/kv';
import { checkedInteger } from '@portolan/kernel';
import { MalformedAnswerError, MalformedRequestError } from '../errors.ts';
import type { Header } from '../header.ts';
import { incarnation, KEYSPACES, leaseId, revision, type Keyspace, type LeaseId, type Revision } from '../ids.ts';
import { FROM_KEY, keyFromBytes, keyToBytes, type Key } from '../key.ts';
import type { KeyRange } from '../key-range.ts';
import type { KeyValue } from '../key-value.ts';

const KEYSPACE_TO_WIRE = {
  user: proto.Keyspace.USER,
  catalog: proto.Keyspace.CATALOG,
  system: proto.Keyspace.SYSTEM,
} as const satisfies Record<Keyspace, proto.Keyspace>;

export function encodeKeyspace(keyspace: Keyspace): proto.Keyspace {
  return KEYSPACE_TO_WIRE[keyspace];
}

export function decodeKeyspace(keyspace: proto.Keyspace): Keyspace {
  const known = keyspaceOf(keyspace);
  if (known !== undefined) return known;
  throw new MalformedRequestError(
    `keyspace ${String(keyspace)} is not known`,
    'set KEYSPACE_USER, KEYSPACE_CATALOG or KEYSPACE_SYSTEM',
  );
}

/** @returns undefined for a number that is none */
export function keyspaceOf(number: number): Keyspace | undefined {
  return KEYSPACES.find((keyspace) => KEYSPACE_TO_WIRE[keyspace] === number);
}

/** The same bytes as a Buffer, which the generated code asks for. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeKey(key: Key): Buffer {
  return asBuffer(keyToBytes(key));
}

export interface WireRange {
  readonly key: Buffer;
  readonly rangeEnd: Buffer | undefined;
}

export function encodeKeys(keys: KeyRange): WireRange {
  const key = encodeKey(keys.key);
  switch (keys.kind) {
    case 'one':
      return { key, rangeEnd: undefined };
    case 'from':
      return { key, rangeEnd: encodeKey(FROM_KEY) };
    case 'until':
      // On the wire the end \0 means "every key from here on"; as a plain end it is below every key but the empty one.
      return keys.end === FROM_KEY ? { key, rangeEnd: Buffer.alloc(0) } : { key, rangeEnd: encodeKey(keys.end) };
  }
}

export function decodeKeys(range: { readonly key: Buffer; readonly rangeEnd?: Buffer | undefined }): KeyRange {
  const key = keyFromBytes(range.key);
  if (range.rangeEnd === undefined) return { kind: 'one', key };
  const end = keyFromBytes(range.rangeEnd);
  return end === FROM_KEY ? { kind: 'from', key } : { kind: 'until', key, end };
}

/** 0 means "none" for every revision on the wire. */
export const encodeRevision = (value: Revision | undefined): bigint => BigInt(value ?? 0);
export const decodeRevision = (value: bigint): Revision | undefined => (value === 0n ? undefined : revision(value));

/** 0 means "none" for every lease on the wire. */
export const encodeLeaseId = (value: LeaseId | undefined): bigint => value ?? 0n;
export const decodeLeaseId = (value: bigint): LeaseId | undefined => (value === 0n ? undefined : leaseId(value));

export function encodeHeader(header: Header): proto.ResponseHeader {
  return { incarnation: header.incarnation, revision: BigInt(header.revision) };
}

export function decodeHeader(header: proto.ResponseHeader | undefined): Header {
  if (header === undefined) throw new MalformedAnswerError('an answer without a header');
  return { incarnation: incarnation(header.incarnation), revision: revision(header.revision) };
}

export function encodeKeyValue(keyValue: KeyValue): proto.KeyValue {
  return {
    key: encodeKey(keyValue.key),
    value: asBuffer(keyValue.value),
    createRevision: BigInt(keyValue.createRevision),
    modRevision: BigInt(keyValue.modRevision),
    version: BigInt(keyValue.version),
    lease: encodeLeaseId(keyValue.lease),
  };
}

export function decodeKeyValue(keyValue: proto.KeyValue): KeyValue {
  return {
    key: keyFromBytes(keyValue.key),
    value: keyValue.value,
    createRevision: revision(keyValue.createRevision),
    modRevision: revision(keyValue.modRevision),
    version: checkedInteger(keyValue.version, 'version'),
    lease: decodeLeaseId(keyValue.lease),
  };
}
