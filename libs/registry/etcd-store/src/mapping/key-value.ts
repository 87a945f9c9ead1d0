import type { KeyValue as EtcdKeyValue } from '@portolan/contracts/etcd/mvcc';
import { checkedInteger } from '@portolan/kernel';
import { leaseId, revision, type KeyValue, type Keyspace } from '@portolan/kv';
import type { KeyMapping } from './key-mapping.ts';

export function decodeKeyValue(mapping: KeyMapping, keyspace: Keyspace, keyValue: EtcdKeyValue): KeyValue {
  const { key, value, createRevision, modRevision, version, lease } = keyValue;
  return {
    key: mapping.keyOf(keyspace, key),
    value,
    createRevision: revision(createRevision),
    modRevision: revision(modRevision),
    version: checkedInteger(version, 'version'),
    lease: lease === 0n ? undefined : leaseId(lease),
  };
}

/** The same bytes as a Buffer, which the generated code asks for. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
