import type { KeyValue as EtcdKeyValue } from '@portolan/contracts/etcd/mvcc';
import type { KeyValue } from '@portolan/kv';
import { keyBuffer } from './etcd-key-range.ts';

export function encodeKeyValue(keyValue: KeyValue): EtcdKeyValue {
  const { key, value, createRevision, modRevision, version, lease = 0n } = keyValue;
  return {
    key: keyBuffer(key),
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    createRevision: BigInt(createRevision),
    modRevision: BigInt(modRevision),
    version: BigInt(version),
    lease,
  };
}
