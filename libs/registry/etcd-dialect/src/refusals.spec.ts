import { TxnRequest, type RangeRequest, type RequestOp } from '@portolan/contracts/etcd/kv';
import { startBoth, type Both } from './testing/both.ts';
import { connectEtcd, outcomeOf, type EtcdClients } from './testing/etcd-clients.ts';
import { describeWithPeers } from './testing/peers.ts';

const INVALID = 3;
const NOT_FOUND = 5;
const PRECONDITION = 9;
const OUT_OF_RANGE = 11;

const bytes = (text: string): Buffer => Buffer.from(text);
const PUT = { key: bytes('k'), value: bytes('v'), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
const DELETE = { key: bytes('k'), rangeEnd: bytes(''), prevKv: false };
const RANGE: RangeRequest = {
  key: bytes('k'),
  rangeEnd: bytes(''),
  limit: 0n,
  revision: 0n,
  sortOrder: 0,
  sortTarget: 0,
  serializable: false,
  keysOnly: false,
  countOnly: false,
  minModRevision: 0n,
  maxModRevision: 0n,
  minCreateRevision: 0n,
  maxCreateRevision: 0n,
};
const puts = (count: number): RequestOp[] =>
  Array.from({ length: count }, (_, index) => ({
    request: { $case: 'requestPut', value: { ...PUT, key: bytes(`k${index}`) } },
  }));
const operation = (request: RequestOp['request']): RequestOp => ({ request });
const txn = (success: readonly RequestOp[]): TxnRequest => ({ compare: [], success, failure: [] });

type Ask = (clients: EtcdClients) => Promise<unknown>;
const put =
  (request: Partial<typeof PUT>): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.put.bind(kv), { ...PUT, ...request });
const range =
  (request: Partial<RangeRequest>): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.range.bind(kv), { ...RANGE, ...request });
const transact =
  (...success: readonly RequestOp[]): Ask =>
  ({ kv }) =>
    outcomeOf(kv, kv.txn.bind(kv), txn(success));

/** Each is asked of both, and refused in these words by both. */
const REFUSALS: readonly (readonly [name: string, code: number, text: string, ask: Ask])[] = [
  ['a put of no key', INVALID, 'key is not provided', put({ key: bytes('') })],
  ['a put that keeps and brings a value', INVALID, 'value is provided', put({ ignoreValue: true })],
  ['a put that keeps and brings a lease', INVALID, 'lease is provided', put({ ignoreLease: true, lease: 5n })],
  ['a put that keeps what is not there', INVALID, 'key not found', put({ ignoreLease: true, key: bytes('?') })],
  ['a put with a lease that is not there', NOT_FOUND, 'requested lease not found', put({ lease: 77n })],
  ['a put of 2 MiB less some', INVALID, 'request is too large', put({ value: Buffer.alloc(2_000_000) })],
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

describeWithPeers(['etcd'], 'refusals of a real etcd and of ours', () => {
  let both: Both;
  const clients: EtcdClients[] = [];

  beforeAll(async () => {
    both = await startBoth();
    clients.push(connectEtcd(both.real.port), connectEtcd(both.ours.port));
    for (const { kv, lease } of clients) {
      for (const key of ['a', 'b', 'c']) await outcomeOf(kv, kv.put.bind(kv), { ...PUT, key: bytes(key) });
      await outcomeOf(kv, kv.compact.bind(kv), { revision: 3n, physical: true });
      await outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 5n, TTL: 600n });
    }
  });
  afterAll(async () => {
    for (const one of clients) one[Symbol.dispose]();
    await both[Symbol.asyncDispose]();
  });

  it.each(REFUSALS)('%s', async (_name, code, text, ask) => {
    const refusal = { code, details: `etcdserver: ${text}` };
    expect(await Promise.all(clients.map(ask))).toEqual([refusal, refusal]);
  });

  it.each([-1n, 0n, 1n])('a time to live of %d s is raised', async (TTL) => {
    const grant: Ask = ({ lease }) => outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 100n + TTL, TTL });
    const [real, ours] = await Promise.all(clients.map(grant));
    expect(ours).toEqual(real);
    expect(ours).toMatchObject({ TTL: 2 });
  });

  it.each([0, 1, 2, 3, 4])(
    'relation %d, also one that nobody knows, of targets that are known and not',
    async (result) => {
      for (const target of [0, 3, 4, 9]) {
        for (const key of ['c', '?']) {
          const compare = [0x08, result, 0x10, target, 0x1a, key.length, ...bytes(key)];
          const request = TxnRequest.decode(Buffer.from([0x0a, compare.length, ...compare]));
          const [real, ours] = await Promise.all(clients.map(({ kv }) => outcomeOf(kv, kv.txn.bind(kv), request)));
          expect([target, key, ours]).toEqual([target, key, real]);
        }
      }
    },
  );

  it('128 operations are done', async () => {
    const [real, ours] = await Promise.all(clients.map(transact(...puts(128))));
    expect(ours).toEqual(real);
    expect(ours).toMatchObject({ succeeded: true });
  });
});
