import { TxnRequest } from '@portolan/contracts/kv';
import type { Principal } from '@portolan/kernel';
import fc from 'fast-check';
import { sessionId } from '../ids.ts';
import { ANYTHING } from '../testing/arbitraries.ts';
import { plain } from '../testing/comparison.ts';
import { del, put } from '../testing/shorthand.ts';
import type { NestedTxn, PutOperation } from '../txn-request.ts';
import { readPuts, type Puts } from './read-puts.ts';
import { decodeTxnRequest, encodeTxnRequest } from './txn.ts';
import { WireReader } from './wire-reader.ts';

const PRINCIPAL: Principal = { kind: 'system', name: 'spec' };
const reader = new WireReader();

function read(bytes: Uint8Array): Puts | undefined {
  reader.begin(bytes, 0, bytes.length);
  return readPuts(reader);
}

/** As everything else is read. Throws for what it refuses. */
function expected(bytes: Uint8Array): Puts {
  const { compares, success, failure, idempotency } = decodeTxnRequest(TxnRequest.decode(bytes), PRINCIPAL);
  const puts = (success ?? []).flatMap((operation) => (operation.kind === 'put' ? [operation] : []));
  expect({ compares, failure, others: (success?.length ?? 0) - puts.length }).toEqual({
    compares: [],
    failure: [],
    others: 0,
  });
  return { success: puts, idempotency };
}

const bytesOf = (txn: NestedTxn, idempotency?: Puts['idempotency']): Uint8Array =>
  TxnRequest.encode(
    encodeTxnRequest({ ...txn, principal: PRINCIPAL, ...(idempotency !== undefined && { idempotency }) }),
  ).finish();

const aPut: fc.Arbitrary<PutOperation> = fc.record(
  {
    kind: fc.constant('put' as const),
    keyspace: ANYTHING.keyspace,
    key: ANYTHING.key,
    value: ANYTHING.value,
    lease: ANYTHING.leaseId,
    previous: fc.boolean(),
  },
  { requiredKeys: ['kind', 'keyspace', 'key', 'value'] },
);
const someBytes = fc
  .tuple(
    fc.array(aPut, { minLength: 1, maxLength: 4 }),
    fc.option(fc.record({ session: fc.bigInt(1n, 2n ** 64n - 1n).map(sessionId), sequence: fc.nat() }), {
      nil: undefined,
    }),
  )
  .map(([success, idempotency]) => bytesOf({ success }, idempotency));

it('reads what the generated codec reads', () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      const puts = read(bytes);
      // A key without bytes is not on the wire: that one is left to the generated codec.
      if (puts === undefined) expect(expected(bytes).success.some(({ key }) => key === '')).toBe(true);
      else expect(plain(puts)).toEqual(plain(expected(bytes)));
    }),
    { numRuns: 500 },
  );
});

it('reads nothing else than the generated codec from bytes that nobody writes', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  let reads = 0;
  fc.assert(
    fc.property(someBytes, damage, fc.nat(), (bytes, changes, cut) => {
      const damaged = bytes.slice(0, bytes.length - (cut % 4 === 0 ? cut % bytes.length : 0));
      for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
      const puts = read(damaged);
      if (puts === undefined) return;
      reads += 1;
      expect(plain(puts)).toEqual(plain(expected(damaged)));
    }),
    { numRuns: 2_000 },
  );
  expect(reads).toBeGreaterThan(100);
});

it.each([
  ['a delete', bytesOf({ success: [put('a', '1'), del('b')] })],
  ['a failure', bytesOf({ success: [put('a', '1')], failure: [put('a', '2')] })],
  ['a kept value', bytesOf({ success: [{ ...put('a', ''), value: 'keep' }] })],
  ['no keyspace', Uint8Array.of(0x12, 5, 0x12, 3, 0x12, 1, 0x61)],
  ['nothing', new Uint8Array(0)],
])('leaves %s to it', (_what, bytes) => {
  expect(read(bytes)).toBeUndefined();
});

it('shares nothing with the bytes', () => {
  const bytes = bytesOf({ success: [put('a', 'before')] });
  const puts = read(bytes);
  bytes.fill(0);
  expect(plain(puts)).toMatchObject({ success: [{ key: 'a', value: 'before' }] });
});
