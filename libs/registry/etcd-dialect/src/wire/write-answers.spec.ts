import { DeleteRangeResponse, PutResponse, RangeResponse, TxnResponse } from '@portolan/contracts/etcd/kv';
import {
  incarnation,
  keyFromBytes,
  leaseId,
  revision,
  type KeyValue,
  type OperationResult,
  type RangeResult,
  type TxnResult,
} from '@portolan/kv';
import fc from 'fast-check';
import { headerOf } from '../etcd-header.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';
import { encodeRange } from '../kv/range.ts';
import { encodeTxn } from '../kv/txn.ts';
import { AnswerHeader } from './answer-header.ts';
import { WireWriter } from './wire-writer.ts';
import { writeDeleteAnswer, writePutAnswer, writeRangeAnswer, writeTxnAnswer } from './write-answers.ts';

const aNumber = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const aRevision = aNumber.map(revision);
const anId = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n));
const aLease = fc.oneof(fc.bigInt(1n, 300n), fc.bigInt(1n, 2n ** 63n - 1n), fc.bigInt(-(2n ** 63n), -1n)).map(leaseId);
const aKeyValue: fc.Arbitrary<KeyValue> = fc.record({
  key: fc.uint8Array({ maxLength: 200 }).map(keyFromBytes),
  value: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(20_000).fill(7))),
  createRevision: aRevision,
  modRevision: aRevision,
  version: aNumber,
  lease: fc.option(aLease, { nil: undefined }),
});
const keyValues = fc.array(aKeyValue, { maxLength: 5 });
const anAnswer = fc.record({ keyValues, more: fc.boolean(), count: aNumber });
const aPut = fc.record({ kind: fc.constant('put' as const), previous: fc.option(aKeyValue, { nil: undefined }) });
const aDelete = fc.record({ kind: fc.constant('delete' as const), deleted: fc.nat(3), previous: keyValues });
const aRead = anAnswer.map((answer) => ({ kind: 'range' as const, ...answer }));
const aResult: fc.Arbitrary<OperationResult> = fc.oneof(aPut, aDelete, aRead);
const aStatus = fc.record({ clusterId: anId, memberId: anId, term: aNumber });
const aHeader = fc.record({
  incarnation: fc.constant(incarnation('one')),
  revision: aNumber.map((one) => revision(Math.max(1, one))),
});

const writer = new WireWriter();
const header = new AnswerHeader();

/** An answer as it is written here, and as the generated codec writes it. */
function encoded<Result extends RangeResult | TxnResult>(
  aResult: fc.Arbitrary<Result>,
  write: (writer: WireWriter, header: AnswerHeader, result: Result) => void,
  generated: (result: Result, header: ReturnType<typeof headerOf>) => Uint8Array,
): fc.Arbitrary<readonly [string, string]> {
  return fc.tuple(aResult, aStatus).map(([result, status]) => {
    header.set(status);
    writer.begin();
    write(writer, header, result);
    const expected = generated(result, headerOf({ ...STATUS, ...status }, result.revision));
    return [writer.bytes.subarray(writer.at).toString('hex'), Buffer.from(expected).toString('hex')];
  });
}

const expectSame = ([written, expected]: readonly [string, string]): void => {
  expect(written).toBe(expected);
};

const keyspace = { oldest: revision(1), keys: 0, bytes: 0 };
const STATUS = {
  ...{
    incarnation: incarnation('one'),
    revision: revision(1),
    clusterId: 0n,
    memberId: 0n,
    term: 0,
    leaderId: undefined,
  },
  keyspaces: { user: keyspace, catalog: keyspace, system: keyspace },
};

const aRange = fc.tuple(aHeader, anAnswer).map(([head, answer]) => ({ ...head, ...answer }));
const aPutAlone = fc.tuple(aHeader, aPut).map(([head, put]) => ({ ...head, succeeded: true, results: [put] }));
const aDeletionAlone = fc.tuple(aHeader, aDelete).map(([head, one]) => ({ ...head, succeeded: true, results: [one] }));
const results = fc.array(aResult, { maxLength: 5 });
const aTxn = fc
  .tuple(aHeader, fc.record({ succeeded: fc.boolean(), results }))
  .map(([head, answer]) => ({ ...head, ...answer }));

const ANSWERS = {
  range: encoded(aRange, writeRangeAnswer, (result, head) => RangeResponse.encode(encodeRange(result, head)).finish()),
  put: encoded(aPutAlone, writePutAnswer, ({ results: [put] }, head) => {
    return PutResponse.encode({ header: head, prevKv: put?.previous && encodeKeyValue(put.previous) }).finish();
  }),
  deletion: encoded(aDeletionAlone, writeDeleteAnswer, ({ results: [one] }, head) => {
    const prevKvs = one?.previous.map(encodeKeyValue) ?? [];
    return DeleteRangeResponse.encode({ header: head, deleted: BigInt(one?.deleted ?? 0), prevKvs }).finish();
  }),
  transaction: encoded(aTxn, writeTxnAnswer, (result, head) => TxnResponse.encode(encodeTxn(result, head)).finish()),
};

describe('answers are written as the generated codec writes them', () => {
  it.each(Object.entries(ANSWERS))('%s', (_name, anAnswer) => {
    fc.assert(fc.property(anAnswer, expectSame), { numRuns: 300 });
    expect.hasAssertions();
  });
});
