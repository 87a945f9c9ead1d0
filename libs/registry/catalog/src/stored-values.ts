import * as proto from '@portolan/contracts/catalog';
import { PortolanError } from '@portolan/kernel';
import type { KeyValue } from '@portolan/kv';
import { UnreadableRecordError } from './errors.ts';
import type { Check, Eviction, Node, Owner, Registration } from './model.ts';
import {
  decodeCheck,
  decodeEviction,
  decodeNode,
  decodeOwner,
  decodeRegistration,
  encodeCheck,
  encodeEviction,
  encodeNode,
  encodeOwner,
  encodeRegistration,
} from './wire/instance.ts';

/** Of all values but those under `nodes/`. A node that meets a higher one says so rather than guess. */
export const FORMAT_VERSION = 1;

export function instanceValue(registration: Registration, owner: Owner): Uint8Array {
  return proto.StoredInstance.encode({
    formatVersion: FORMAT_VERSION,
    registration: encodeRegistration(registration),
    owner: encodeOwner(owner),
  }).finish();
}

export function checkValue(check: Check): Uint8Array {
  return proto.StoredCheck.encode({ formatVersion: FORMAT_VERSION, check: encodeCheck(check) }).finish();
}

export function evictionValue(eviction: Eviction): Uint8Array {
  return proto.StoredEviction.encode({ formatVersion: FORMAT_VERSION, eviction: encodeEviction(eviction) }).finish();
}

/** @throws UnreadableRecordError */
export function readEviction(keyValue: KeyValue): Eviction {
  return reading(keyValue, () => {
    const stored = proto.StoredEviction.decode(keyValue.value);
    expectKnownFormat(keyValue, stored.formatVersion);
    return decodeEviction(stored.eviction);
  });
}

export function hostValue(agentId: string): Uint8Array {
  return proto.StoredHost.encode({ formatVersion: FORMAT_VERSION, agentId }).finish();
}

/** @returns the id of its agent. @throws UnreadableRecordError */
export function readHost(keyValue: KeyValue): string {
  return reading(keyValue, () => {
    const stored = proto.StoredHost.decode(keyValue.value);
    expectKnownFormat(keyValue, stored.formatVersion);
    return stored.agentId;
  });
}

export function nodeValue(node: Node): Uint8Array {
  return proto.Node.encode(encodeNode(node)).finish();
}

/** @throws UnreadableRecordError */
export function readInstance(keyValue: KeyValue): { readonly registration: Registration; readonly owner: Owner } {
  return reading(keyValue, () => {
    const stored = proto.StoredInstance.decode(keyValue.value);
    expectKnownFormat(keyValue, stored.formatVersion);
    return { registration: decodeRegistration(stored.registration), owner: decodeOwner(stored.owner) };
  });
}

/** @throws UnreadableRecordError */
export function readCheck(keyValue: KeyValue): Check {
  return reading(keyValue, () => {
    const stored = proto.StoredCheck.decode(keyValue.value);
    expectKnownFormat(keyValue, stored.formatVersion);
    return decodeCheck(stored.check);
  });
}

/** @throws UnreadableRecordError */
export function readNode(keyValue: KeyValue): Node {
  return reading(keyValue, () => decodeNode(proto.Node.decode(keyValue.value)));
}

function expectKnownFormat({ key }: KeyValue, formatVersion: number): void {
  if (formatVersion >= 1 && formatVersion <= FORMAT_VERSION) return;
  throw new UnreadableRecordError(key, `its format is ${formatVersion}, this version knows up to ${FORMAT_VERSION}`);
}

function reading<T>(keyValue: KeyValue, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableRecordError) throw error;
    const what = error instanceof PortolanError ? error.message : 'it is no such message';
    throw new UnreadableRecordError(keyValue.key, what, error);
  }
}
