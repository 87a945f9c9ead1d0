import {
  DuplicateKeyError,
  EmptyKeyError,
  KeyNotFoundError,
  LeaseNotFoundError,
  RequestTooLargeError,
  TooManyOperationsError,
} from '../errors.ts';
import { leaseId, revision } from '../ids.ts';
import { keyOf } from '../key.ts';
import { REQUEST_BYTES_MAX, TXN_DEPTH_MAX, TXN_OPERATIONS_MAX, TXN_OPERATIONS_TOTAL_MAX } from '../limits.ts';
import type { Compare, CompareTarget, NestedTxn, Operation, Relation } from '../txn-request.ts';
import {
  bytesOf,
  del,
  get,
  keys,
  list,
  onFresh,
  principal,
  put,
  putOne,
  read,
  revisionOf,
  txn,
  write,
} from './shorthand.ts';
import type { OpenStore } from './store-under-test.ts';

const compare = (range: string, relation: Relation, target: CompareTarget): Compare => ({
  keyspace: 'user',
  keys: keys(range),
  relation,
  target,
});
const version = (value: number): CompareTarget => ({ kind: 'version', value });
const nested = (inner: NestedTxn): Operation => ({ kind: 'txn', ...inner });
const numbered = (count: number, operation: (name: string) => Operation = (name) => put(name, '')): Operation[] =>
  Array.from({ length: count }, (_, index) => operation(`k${String(index)}`));

export function describeTxn(open: OpenStore): void {
  describe('txn', () => {
    it(
      'is one revision, however much it changes, in however many keyspaces',
      onFresh(open, async ({ store }) => {
        const { revision: made } = await write(
          store,
          put('a', '1'),
          put('b', '1'),
          put('a', '1', { keyspace: 'catalog' }),
          del('x*'),
        );
        expect(made).toBe(2);
        expect((await read(store, '*')).keyValues.map(({ modRevision }) => modRevision)).toEqual([2, 2]);
        const catalog = await store.range({ principal, keyspace: 'catalog', keys: keys('a') });
        expect(catalog.keyValues).toMatchObject([{ modRevision: 2 }]);
      }),
    );

    it.each<readonly [string, readonly Operation[]]>([
      ['nothing', []],
      ['reads', [get('a')]],
      ['a deletion of nothing', [del('x*')]],
    ])('keeps the revision when it is made of %s', (_what, operations) =>
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        expect((await write(store, ...operations)).revision).toBe(2);
      })(),
    );

    it(
      'makes a revision of a put of the same value',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        expect(await putOne(store, 'a', '1')).toBe(3);
      }),
    );

    it(
      'starts versions again after a deletion',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await putOne(store, 'a', '2');
        await write(store, del('a'));
        await putOne(store, 'a', '3');
        expect((await read(store, 'a')).keyValues).toMatchObject([{ version: 1, createRevision: 5, modRevision: 5 }]);
      }),
    );

    it.each<readonly [string, Compare, boolean]>([
      ['version equal', compare('a', 'equal', version(2)), true],
      ['version less', compare('a', 'less', version(2)), false],
      ['version greater', compare('a', 'greater', version(1)), true],
      ['create', compare('a', 'equal', { kind: 'create', value: revision(2) }), true],
      ['mod', compare('a', 'not-equal', { kind: 'mod', value: revision(3) }), false],
      ['value equal', compare('a', 'equal', { kind: 'value', value: bytesOf('2') }), true],
      ['value less, by bytes', compare('a', 'less', { kind: 'value', value: bytesOf('20') }), true],
      ['no lease', compare('a', 'equal', { kind: 'lease', value: undefined }), true],
      ['a lease', compare('a', 'equal', { kind: 'lease', value: leaseId(7n) }), false],
      ['of an absent key: version 0', compare('x', 'equal', version(0)), true],
      ['of an absent key: mod 0', compare('x', 'less', { kind: 'mod', value: revision(1) }), true],
      [
        'of an absent key: any value is false',
        compare('x', 'not-equal', { kind: 'value', value: bytesOf('1') }),
        false,
      ],
      ['every key of a range', compare('a-c', 'greater', version(0)), true],
      ['every key of a range, but one', compare('a-c', 'equal', version(2)), false],
      ['a range without keys is an absent key', compare('x*', 'equal', version(0)), true],
    ])('compares: %s', (_what, condition, holds) =>
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        await putOne(store, 'a', '2');
        await putOne(store, 'b', '1');
        const { succeeded, results } = await txn(store, {
          compares: [condition],
          success: [get('a')],
          failure: [get('a'), get('b')],
        });
        expect([succeeded, results.length]).toEqual([holds, holds ? 1 : 2]);
      })(),
    );

    it(
      'runs success when all compares hold, failure otherwise, success without compares',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        const yes = compare('a', 'equal', version(1));
        const no = compare('a', 'equal', version(9));
        for (const [compares, expected] of [
          [[], true],
          [[yes, yes], true],
          [[yes, no], false],
        ] as const) {
          expect((await txn(store, { compares, success: [], failure: [] })).succeeded).toBe(expected);
        }
      }),
    );

    it(
      'shows reads what the operations before them did, and nested compares what was before all of them',
      onFresh(open, async ({ store }) => {
        const { results } = await write(
          store,
          put('a', '1'),
          get('a'),
          nested({ compares: [compare('a', 'equal', version(1))], success: [put('b', '2')], failure: [] }),
          get('*', { select: 'count' }),
        );
        expect(results).toMatchObject([
          { kind: 'put' },
          { kind: 'range', keyValues: [{ modRevision: 2 }] },
          { kind: 'txn', succeeded: false },
          { kind: 'range', count: 1 },
        ]);
      }),
    );

    it(
      'reads the past inside as it was before the transaction',
      onFresh(open, async ({ store }) => {
        const before = await putOne(store, 'a', '1');
        const { results } = await write(store, put('a', '2'), get('a', { revision: before }));
        expect(results[1]).toMatchObject({ keyValues: [{ version: 1 }] });
      }),
    );

    it(
      'answers what keys were before, when asked',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        const { results } = await write(
          store,
          put('a', '2', { previous: true }),
          put('b', '1', { previous: true }),
          del('c*', { previous: true }),
        );
        expect(results).toMatchObject([
          { previous: { version: 1 } },
          { previous: undefined },
          { deleted: 0, previous: [] },
        ]);
        const deleted = await write(store, del('*', { previous: true }));
        expect(deleted.results).toMatchObject([{ deleted: 2, previous: [{ version: 2 }, { version: 1 }] }]);
        expect((await write(store, put('d', '1'), del('*x'))).results).toMatchObject([
          { previous: undefined },
          { previous: [] },
        ]);
      }),
    );

    it(
      'keeps value or lease when asked, and refuses when there is none to keep',
      onFresh(open, async ({ store }) => {
        const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
        await putOne(store, 'a', '1', id);
        await write(store, { ...put('a', ''), value: 'keep', lease: 'keep' });
        expect((await read(store, 'a')).keyValues).toMatchObject([{ version: 2, lease: id }]);
        expect(await list(store, 'a')).toEqual(['a=1']);
        await putOne(store, 'a', '2');
        expect((await read(store, 'a')).keyValues).toMatchObject([{ lease: undefined }]);
        await expect(write(store, { ...put('x', ''), value: 'keep' })).rejects.toBeInstanceOf(KeyNotFoundError);
        await expect(write(store, { ...put('x', ''), lease: 'keep' })).rejects.toBeInstanceOf(KeyNotFoundError);
      }),
    );

    it(
      'is undone as a whole when one operation cannot be done',
      onFresh(open, async ({ store }) => {
        await putOne(store, 'a', '1');
        const failing = write(store, del('a'), put('b', '1'), put('c', '1', { lease: leaseId(99n) }));
        await expect(failing).rejects.toBeInstanceOf(LeaseNotFoundError);
        expect(await list(store, '*')).toEqual(['a=1']);
        expect(await revisionOf(store)).toBe(2);
        expect(await putOne(store, 'b', '2')).toBe(3);
        expect((await read(store, 'b')).keyValues).toMatchObject([{ version: 1, createRevision: 3 }]);
      }),
    );

    const then = (...success: readonly Operation[]): Operation => nested({ success });
    const otherwise = (...failure: readonly Operation[]): Operation => nested({ failure });

    it.each<readonly [string, readonly Operation[]]>([
      ['two puts', [put('a', '1'), put('a', '2')]],
      ['a put, then a deletion of its key', [put('a', '1'), del('a')]],
      ['a deletion by range, then a put inside it', [del('*'), put('a', '1')]],
      ['a put beside a nested one', [put('a', '1'), then(put('a', '2'))]],
      ['a put beside a nested deletion in a branch that does not run', [put('a', '1'), otherwise(del('a'))]],
      ['puts in two neighbours', [then(put('a', '1')), otherwise(put('a', '2'))]],
      ['a put and a deletion in two neighbours', [then(put('a', '1')), then(del('a-b'))]],
    ])('refuses a key written twice on one path: %s', (_what, operations) =>
      onFresh(open, async ({ store }) => {
        await expect(write(store, ...operations)).rejects.toBeInstanceOf(DuplicateKeyError);
      })(),
    );

    it.each<readonly [string, readonly Operation[]]>([
      ['the two branches of one nested transaction', [nested({ success: [put('a', '1')], failure: [put('a', '2')] })]],
      ['two deletions', [del('a*'), del('a')]],
      ['the same key in two keyspaces', [put('a', '1'), put('a', '1', { keyspace: 'system' })]],
      ['a deletion up to a key, and a put of it', [del('a-b'), put('b', '1')]],
    ])('allows %s', (_what, operations) =>
      onFresh(open, async ({ store }) => {
        await expect(write(store, ...operations)).resolves.toMatchObject({ succeeded: true });
      })(),
    );

    it(
      'takes 128 operations, and nested ones what is left of them',
      onFresh(open, async ({ store }) => {
        await expect(write(store, ...numbered(TXN_OPERATIONS_MAX))).resolves.toMatchObject({ revision: 2 });
        await expect(write(store, ...numbered(TXN_OPERATIONS_MAX + 1))).rejects.toBeInstanceOf(TooManyOperationsError);
        const compares = Array.from({ length: TXN_OPERATIONS_MAX + 1 }, () => compare('a', 'equal', version(0)));
        await expect(txn(store, { compares })).rejects.toBeInstanceOf(TooManyOperationsError);
        await expect(write(store, nested({ success: numbered(TXN_OPERATIONS_MAX - 1) }))).resolves.toMatchObject({
          revision: 3,
        });
        await expect(write(store, nested({ success: numbered(TXN_OPERATIONS_MAX) }))).rejects.toBeInstanceOf(
          TooManyOperationsError,
        );
      }),
    );

    it(
      'takes no more than 1,024 operations on all levels',
      onFresh(open, async ({ store }) => {
        const reads = Array.from({ length: TXN_OPERATIONS_MAX - 16 }, () => get('a'));
        const many = Array.from({ length: 16 }, () => nested({ success: reads }));
        expect(16 * reads.length).toBeGreaterThan(TXN_OPERATIONS_TOTAL_MAX);
        await expect(write(store, ...many)).rejects.toBeInstanceOf(TooManyOperationsError);
      }),
    );

    it(
      'takes transactions 32 deep inside each other, and not one more',
      onFresh(open, async ({ store }) => {
        const deep = (depth: number): NestedTxn => ({
          success: [depth === 1 ? put('a', '1') : nested(deep(depth - 1))],
        });
        await expect(txn(store, deep(TXN_DEPTH_MAX))).resolves.toMatchObject({ revision: 2 });
        await expect(txn(store, deep(TXN_DEPTH_MAX + 1))).rejects.toMatchObject({ code: 'KV_MALFORMED_REQUEST' });
      }),
    );

    it(
      'takes 1.5 MiB of keys and values, and not a byte more',
      onFresh(open, async ({ store }) => {
        const value = (length: number): Operation => ({ ...put('a', ''), value: new Uint8Array(length) });
        await expect(write(store, value(REQUEST_BYTES_MAX - 1))).resolves.toMatchObject({ revision: 2 });
        await expect(write(store, value(REQUEST_BYTES_MAX))).rejects.toBeInstanceOf(RequestTooLargeError);
      }),
    );

    it(
      'refuses an empty key',
      onFresh(open, async ({ store }) => {
        await expect(write(store, { ...put('a', ''), key: keyOf('') })).rejects.toBeInstanceOf(EmptyKeyError);
      }),
    );
  });
}
