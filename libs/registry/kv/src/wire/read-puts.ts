import { leaseId, sessionId, type Keyspace, type LeaseId } from '../ids.ts';
import type { Key } from '../key.ts';
import type { Idempotency, PutOperation } from '../txn-request.ts';
import { keyspaceOf } from './scalars.ts';
import type { WireReader } from './wire-reader.ts';

/** Number × 8 + wire type, of the fields of kv.proto and command.proto. */
const TXN_TAG = { success: 0x12, session: 0x21, sequence: 0x28 } as const;
const OPERATION_TAG = { put: 0x12 } as const;
const PUT_TAG = { keyspace: 0x08, key: 0x12, value: 0x1a, lease: 0x20, previous: 0x28 } as const;

const NOTHING = new Uint8Array(0);

/** A transaction of puts and nothing else. */
export interface Puts {
  readonly success: readonly PutOperation[];
  readonly idempotency: Idempotency | undefined;
}

/**
 * Hot path: `npm run bench -- registry`. Reads a `TxnRequest`, or a `TxnCommand`, which has the same fields, when it is of puts alone; shares
 * nothing with its bytes.
 * @returns undefined for all others, and for what is not written as usual: those the generated codec reads, or refuses
 */
export function readPuts(reader: WireReader): Puts | undefined {
  const success: PutOperation[] = [];
  let session = 0n;
  let sequence = 0;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case TXN_TAG.success: {
        const put = readOperation(reader);
        if (put === undefined) return undefined;
        success.push(put);
        break;
      }
      case TXN_TAG.session:
        session = reader.fixed64();
        break;
      case TXN_TAG.sequence:
        sequence = reader.number();
        break;
      default:
        return undefined;
    }
  }
  if (reader.isOdd || success.length === 0) return undefined;
  return { success, idempotency: session === 0n ? undefined : { session: sessionId(session), sequence } };
}

function readOperation(reader: WireReader): PutOperation | undefined {
  const txn = reader.enter();
  if (reader.tag() !== OPERATION_TAG.put) return undefined;
  const operation = reader.enter();
  const put = readPut(reader);
  reader.leave(operation);
  if (reader.hasMore) return undefined;
  reader.leave(txn);
  return reader.isOdd ? undefined : put;
}

function readPut(reader: WireReader): PutOperation | undefined {
  let keyspace: Keyspace | undefined;
  let key: Key | undefined;
  let value: Uint8Array = NOTHING;
  let lease: LeaseId | undefined;
  let previous = false;
  while (reader.hasMore) {
    switch (reader.tag()) {
      case PUT_TAG.keyspace:
        keyspace = keyspaceOf(reader.number());
        break;
      case PUT_TAG.key:
        key = reader.key();
        break;
      case PUT_TAG.value:
        value = reader.own();
        break;
      case PUT_TAG.lease: {
        const id = reader.bigint();
        lease = id === 0n ? undefined : leaseId(id);
        break;
      }
      case PUT_TAG.previous:
        previous = reader.bool();
        break;
      default:
        return undefined;
    }
  }
  if (keyspace === undefined || key === undefined) return undefined;
  const put: PutOperation = { kind: 'put', keyspace, key, value };
  if (lease === undefined && !previous) return put;
  return { ...put, ...(lease !== undefined && { lease }), ...(previous && { previous }) };
}
