import type { KeyValue } from '@portolan/kv';
import type { WireWriter } from './wire-writer.ts';

/** Fields, as `number << 3 | type` of etcd's contract. */
const KEY_VALUE = { key: 0x0a, create: 0x10, mod: 0x18, version: 0x20, value: 0x2a, lease: 0x30 } as const;
const TRUE = 1;

/** As a field of the message that is written. */
export function writeKeyValue(writer: WireWriter, tag: number, keyValue: KeyValue): void {
  const { key, value, createRevision, modRevision, version, lease } = keyValue;
  const from = writer.written;
  if (lease !== undefined && lease !== 0n) {
    writer.bigint(lease);
    writer.tag(KEY_VALUE.lease);
  }
  writer.bytesField(KEY_VALUE.value, value);
  writer.numberField(KEY_VALUE.version, version);
  writer.numberField(KEY_VALUE.mod, modRevision);
  writer.numberField(KEY_VALUE.create, createRevision);
  writer.latin1Field(KEY_VALUE.key, key);
  writer.message(tag, from);
}

export function writeKeyValues(writer: WireWriter, tag: number, keyValues: readonly KeyValue[]): void {
  for (let index = keyValues.length - 1; index >= 0; index -= 1) {
    const keyValue = keyValues[index];
    if (keyValue !== undefined) writeKeyValue(writer, tag, keyValue);
  }
}

/** Nothing when it is false. */
export function writeFlag(writer: WireWriter, tag: number, flag: boolean): void {
  if (flag) writer.numberField(tag, TRUE);
}
