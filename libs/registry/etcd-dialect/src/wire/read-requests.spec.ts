import { DeleteRangeRequest, PutRequest, RangeRequest, TxnRequest } from '@portolan/contracts/etcd/kv';
import fc from 'fast-check';
import { checkDelete, checkPut, checkRange, checkTxn } from '../kv/check-request.ts';
import { decodeRange } from '../kv/range.ts';
import { decodeTxn } from '../kv/txn.ts';
import { decodeDelete, decodePut } from '../kv/write.ts';
import { readDelete, readPut, readRange } from './read-requests.ts';
import { readTxn } from './read-txn.ts';
import { WireReader } from '@portolan/kv/wire';

const aKey = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(1))).map((key) => Buffer.from(key));
const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
/** Seldom one that is left to the generated codec. */
const anInt64 = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 300n) },
  { weight: 6, arbitrary: fc.bigInt(0n, 2n ** 49n - 1n) },
  { weight: 1, arbitrary: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
);

const aPut = fc.record({
  key: aKey,
  value: someBytes,
  lease: anInt64,
  ...{ prevKv: fc.boolean(), ignoreValue: fc.boolean(), ignoreLease: fc.boolean() },
});
const aDelete = fc.record({ key: aKey, rangeEnd: aKey, prevKv: fc.boolean() });
const noBound = fc.constant(0n);
const aRange = fc.record({
  ...{ key: aKey, rangeEnd: aKey, limit: anInt64, revision: anInt64 },
  ...{ sortOrder: fc.constantFrom(0, 0, 0, 2), sortTarget: fc.constantFrom(0, 0, 0, 3) },
  ...{ serializable: fc.boolean(), keysOnly: fc.boolean(), countOnly: fc.boolean() },
  ...{ minModRevision: noBound, maxModRevision: noBound, minCreateRevision: noBound, maxCreateRevision: noBound },
});
const targets = ['version', 'createRevision', 'modRevision', 'value', 'lease'] as const;
const aCompare = fc
  .record({
    ...{ key: aKey, rangeEnd: aKey, number: anInt64, value: someBytes },
    ...{ result: fc.constantFrom(0, 1, 2, 3), target: fc.constantFrom(0, 1, 2, 3, 4) },
    is: fc.constantFrom(...targets, ...new Array<undefined>(10)),
  })
  .map(({ number, value, is, ...common }) => {
    const kind = is ?? targets[common.target];
    return { ...common, targetUnion: kind === 'value' ? { $case: kind, value } : { $case: kind, value: number } };
  });
const anOperation = fc.oneof(
  aPut.map((value) => ({ request: { $case: 'requestPut' as const, value } })),
  aDelete.map((value) => ({ request: { $case: 'requestDeleteRange' as const, value } })),
  aRange.map((value) => ({ request: { $case: 'requestRange' as const, value } })),
);
const aTxn = fc.record({
  compare: fc.array(aCompare, { maxLength: 3 }),
  success: fc.array(anOperation, { maxLength: 3 }),
  failure: fc.array(anOperation, { maxLength: 3 }),
});

/** How one kind of request is read: as it is now, and as the generated codec and what stands behind it do. */
interface Reading {
  readonly read: (reader: WireReader) => unknown;
  /** Throws what it does not take. */
  readonly expected: (bytes: Buffer) => unknown;
}

const READINGS = {
  put: {
    read: readPut,
    expected: (bytes) => {
      const request = PutRequest.decode(bytes);
      checkPut(request);
      return decodePut(request);
    },
  },
  delete: {
    read: readDelete,
    expected: (bytes) => {
      const request = DeleteRangeRequest.decode(bytes);
      checkDelete(request);
      return decodeDelete(request);
    },
  },
  range: {
    read: readRange,
    expected: (bytes) => {
      const request = RangeRequest.decode(bytes);
      checkRange(request);
      return { query: decodeRange(request), serializable: request.serializable };
    },
  },
  txn: {
    read: readTxn,
    expected: (bytes) => {
      const request = TxnRequest.decode(bytes);
      checkTxn(request);
      return decodeTxn(request);
    },
  },
} as const satisfies Record<string, Reading>;

const reader = new WireReader();

/** Whatever it takes it understands as the generated codec does. @returns whether it took it */
function agrees({ read, expected }: Reading, message: Uint8Array): boolean {
  const around = Buffer.concat([Buffer.from([1, 2, 3]), message, Buffer.from([4, 5])]);
  reader.begin(around, 3, around.length - 2);
  const result = read(reader);
  if (result === undefined) return false;
  expect(result).toEqual(expected(Buffer.from(message)));
  return true;
}

/** Messages as they are encoded, and the same with bytes changed, left out, doubled, and with fields of others in them. */
function mutated(aMessage: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const aChange = fc.record({ at: fc.nat(400), bytes: fc.uint8Array({ maxLength: 3 }), left: fc.nat(3) });
  return fc
    .tuple(aMessage, fc.array(aChange, { maxLength: 3 }), aMessage, fc.boolean())
    .map(([first, changes, second, isJoined]) => {
      let bytes = isJoined ? Buffer.concat([first, second]) : Buffer.from(first);
      for (const { at, bytes: inserted, left } of changes) {
        const from = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(from + left)]);
      }
      return bytes;
    });
}

describe('requests are read as the generated codec reads them, or left to it', () => {
  const encodedPut = aPut.map((one) => PutRequest.encode(one).finish());
  const encodedDelete = aDelete.map((one) => DeleteRangeRequest.encode(one).finish());
  const encodedRange = aRange.map((one) => RangeRequest.encode(one).finish());
  const encodedTxn = aTxn.map((one) => TxnRequest.encode(one).finish());

  it.each([
    ['put', READINGS.put, encodedPut],
    ['delete', READINGS.delete, encodedDelete],
    ['range', READINGS.range, encodedRange],
    ['txn', READINGS.txn, encodedTxn],
  ] as const)('%s', (_name, reading, aMessage) => {
    let taken = 0;
    const check = (message: Uint8Array): void => {
      if (agrees(reading, message)) taken += 1;
    };
    fc.assert(fc.property(aMessage, check), { numRuns: 300 });
    expect(taken).toBeGreaterThan(20);
    fc.assert(fc.property(mutated(aMessage), check), { numRuns: 700 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 300 });
  });
});
