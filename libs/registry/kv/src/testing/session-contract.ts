import { KeyNotFoundError, SequenceExpiredError, SessionExpiredError } from '../errors.ts';
import { sessionId } from '../ids.ts';
import { SEQUENCE_WINDOW } from '../limits.ts';
import type { Operation } from '../txn-request.ts';
import type { KvStore } from '../kv-store.ts';
import type { TxnResult } from '../txn-request.ts';
import { get, list, onFresh, put, putOne, revisionOf, txn } from './shorthand.ts';
import { notedRevisions, type StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';

const once = (store: KvStore, sequence: number, ...success: readonly Operation[]): Promise<TxnResult> =>
  txn(store, { success, idempotency: { session: sessionId(42n), sequence } });

export function describeSessions(open: OpenStore, differences: StoreDifferences): void {
  const noted = notedRevisions(differences);

  describe('a transaction with session and sequence', () => {
    it(
      'is applied once, and every retry is answered with its result',
      onFresh(open, async ({ store }) => {
        const first = await once(store, 1, put('a', '1', { previous: true }), get('a'));
        await putOne(store, 'a', '2');
        expect(await once(store, 1, put('a', '1', { previous: true }), get('a'))).toEqual(first);
        expect(await list(store, 'a')).toEqual(['a=2']);
        expect(await revisionOf(store)).toBe(3);
      }),
    );

    it(
      'is refused again when it was refused',
      onFresh(open, async ({ store }) => {
        await once(store, 1);
        const keep: Operation = { ...put('a', ''), value: 'keep' };
        await expect(once(store, 2, keep)).rejects.toBeInstanceOf(KeyNotFoundError);
        await putOne(store, 'a', '1');
        await expect(once(store, 2, keep)).rejects.toBeInstanceOf(KeyNotFoundError);
        await expect(once(store, 3, keep)).resolves.toMatchObject({ revision: 3 + 2 * noted });
      }),
    );

    it(
      'may arrive in any order inside the window',
      onFresh(open, async ({ store }) => {
        await once(store, 1);
        await once(store, 3, put('c', '3'));
        await once(store, 2, put('b', '2'));
        await once(store, 3, put('x', '3'));
        expect(await list(store, '*')).toEqual(['b=2', 'c=3']);
      }),
    );

    it(
      'belongs to its session alone',
      onFresh(open, async ({ store }) => {
        for (const session of [1n, 2n, 2n ** 64n - 1n]) {
          await txn(store, { success: [put('a', '1')], idempotency: { session: sessionId(session), sequence: 1 } });
        }
        expect(await revisionOf(store)).toBe(4);
      }),
    );

    it(
      'must begin its session with 1: a later one may be a retry of what has been forgotten',
      onFresh(open, async ({ store }) => {
        await expect(once(store, 2, put('a', '1'))).rejects.toBeInstanceOf(SessionExpiredError);
        expect(await list(store, '*')).toEqual([]);
      }),
    );

    it(
      'is refused outside the window, never applied twice',
      onFresh(open, async ({ store }) => {
        for (let sequence = 1; sequence <= SEQUENCE_WINDOW + 1; sequence += 1)
          await once(store, sequence, put('a', String(sequence)));
        await expect(once(store, 1, put('a', '1'))).rejects.toBeInstanceOf(SequenceExpiredError);
        await expect(once(store, 2 * SEQUENCE_WINDOW + 2, put('a', 'x'))).rejects.toBeInstanceOf(SequenceExpiredError);
        await once(store, 2, put('a', '2'));
        expect(await list(store, 'a')).toEqual([`a=${String(SEQUENCE_WINDOW + 1)}`]);
      }),
    );

    it(
      'needs a sequence above 0',
      onFresh(open, async ({ store }) => {
        await expect(once(store, 0)).rejects.toMatchObject({ code: 'KV_MALFORMED_REQUEST' });
      }),
    );
  });
}
