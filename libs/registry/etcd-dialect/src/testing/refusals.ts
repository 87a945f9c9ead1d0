import { RangeRequest, type RequestOp, type TxnRequest } from '@portolan/contracts/etcd/kv';
import { comparable, outcomeOf, type EtcdClients } from './etcd-clients.ts';

const INVALID = 3;
const NOT_FOUND = 5;
const PRECONDITION = 9;
const OUT_OF_RANGE = 11;

const bytes = (text: string): Buffer => Buffer.from(text);
export const PUT = {
  key: bytes('k'),
  value: bytes('v'),
  lease: 0n,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
};
const DELETE = { key: bytes('k'), rangeEnd: bytes(''), prevKv: false };
const RANGE = RangeRequest.create({ key: bytes('k') });
/** A read of everything. */
export const ALL: RangeRequest = { ...RANGE, key: Buffer.from([0]), rangeEnd: Buffer.from([0]) };
export const puts = (count: number): RequestOp[] =>
  Array.from({ length: count }, (_, index) => ({
    request: { $case: 'requestPut', value: { ...PUT, key: bytes(`k${index}`) } },
  }));
const putOf = (request: Partial<typeof PUT>): RequestOp['request'] => ({
  $case: 'requestPut',
  value: { ...PUT, ...request },
});
const operation = (request: RequestOp['request']): RequestOp => ({ request });
const txn = (success: readonly RequestOp[]): TxnRequest => ({ compare: [], success, failure: [] });

export type Ask = (clients: EtcdClients) => Promise<unknown>;
const put =
  (request: Partial<typeof PUT>): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.put.bind(kv), { ...PUT, ...request });
const range =
  (request: Partial<RangeRequest>): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.range.bind(kv), { ...RANGE, ...request });
export const transact =
  (...success: readonly RequestOp[]): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.txn.bind(kv), txn(success));

type Refusal = readonly [name: string, code: number, text: string, ask: Ask];

const REFUSALS: readonly Refusal[] = [
  ['a put of no key', INVALID, 'key is not provided', put({ key: bytes('') })],
  ['a put that keeps and brings a value', INVALID, 'value is provided', put({ ignoreValue: true })],
  ['a put that keeps and brings a lease', INVALID, 'lease is provided', put({ ignoreLease: true, lease: 5n })],
  ['a put that keeps what is not there', INVALID, 'key not found', put({ ignoreLease: true, key: bytes('?') })],
  ['a put with a lease that is not there', NOT_FOUND, 'requested lease not found', put({ lease: 77n })],
  ['a put of 2 MiB less some', INVALID, 'request is too large', put({ value: Buffer.alloc(2_000_000) })],
  [
    'a transaction of 2 MiB less some',
    INVALID,
    'request is too large',
    transact(...[1, 2].map((index) => operation(putOf({ key: bytes(`k${index}`), value: Buffer.alloc(1_000_000) })))),
  ],
  ['a range of no key', INVALID, 'key is not provided', range({ key: bytes('') })],
  ['a range of the future', OUT_OF_RANGE, 'mvcc: required revision is a future revision', range({ revision: 10_000n })],
  ['a range of a compacted past', OUT_OF_RANGE, 'mvcc: required revision has been compacted', range({ revision: 2n })],
  [
    'a deletion of no key',
    INVALID,
    'key is not provided',
    ({ kv }) => outcomeOf(kv, kv.deleteRange.bind(kv), { ...DELETE, key: bytes('') }),
  ],
  ['129 operations', INVALID, 'too many operations in txn request', transact(...puts(129))],
  [
    '128 operations, counted inside',
    INVALID,
    'too many operations in txn request',
    transact(operation({ $case: 'requestTxn', value: txn(puts(128)) })),
  ],
  ['a key put twice', INVALID, 'duplicate key given in txn request', transact(...puts(1), ...puts(1))],
  [
    'a key put and deleted',
    INVALID,
    'duplicate key given in txn request',
    transact(...puts(1), operation({ $case: 'requestDeleteRange', value: { ...DELETE, rangeEnd: bytes('l') } })),
  ],
  ['an operation that is none', INVALID, 'key not found', transact(operation(undefined))],
  [
    'a compaction of the future',
    OUT_OF_RANGE,
    'mvcc: required revision is a future revision',
    ({ kv }) => outcomeOf(kv, kv.compact.bind(kv), { revision: 10_000n, physical: false }),
  ],
  [
    'a compaction again',
    OUT_OF_RANGE,
    'mvcc: required revision has been compacted',
    ({ kv }) => outcomeOf(kv, kv.compact.bind(kv), { revision: 3n, physical: false }),
  ],
  [
    'a lease for too long',
    OUT_OF_RANGE,
    'too large lease TTL',
    ({ lease }) => outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 0n, TTL: 9_000_000_001n }),
  ],
  [
    'a lease that is there',
    PRECONDITION,
    'lease already exists',
    ({ lease }) => outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 5n, TTL: 60n }),
  ],
  [
    'the end of a lease that is not there',
    NOT_FOUND,
    'requested lease not found',
    ({ lease }) => outcomeOf(lease, lease.leaseRevoke.bind(lease), { ID: 77n }),
  ],
];

/** Each is refused in these words by an etcd that was prepared (`prepareRefusals`), and changes nothing. */
export function refusals(): readonly Refusal[] {
  return REFUSALS;
}

/** Three keys, a lease, and all history forgotten. */
export async function prepareRefusals(clients: EtcdClients): Promise<void> {
  const { kv, lease } = clients;
  for (const key of ['a', 'b', 'c']) await outcomeOf(kv, kv.put.bind(kv), { ...PUT, key: bytes(key) });
  await outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 5n, TTL: 600n });
  const { revision } = await everything(clients);
  await outcomeOf(kv, kv.compact.bind(kv), { revision, physical: true });
}

/** All users' keys, and at which revision they are so. */
export function everything({ kv }: EtcdClients): Promise<{ readonly revision: bigint; readonly kvs: unknown }> {
  return new Promise((resolve, reject) => {
    kv.range(ALL, (error, answer) => {
      if (error === null) resolve({ revision: answer.header?.revision ?? 0n, kvs: comparable(answer.kvs) });
      else reject(error);
    });
  });
}
