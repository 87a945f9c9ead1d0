import { describeCompaction } from './compaction-contract.ts';
import { describeModel } from './model-contract.ts';
import { describeLeases } from './lease-contract.ts';
import { describeRange } from './range-contract.ts';
import { describeSessions } from './session-contract.ts';
import { onFresh, putOne, revisionOf } from './shorthand.ts';
import type { StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';
import { describeTxn } from './txn-contract.ts';
import { describeWatch } from './watch-contract.ts';

/**
 * The contract of `KvStore`: what every implementation promises, one sentence a test. Call it in a spec.
 * @param open opens an empty store, as often as it is called
 * @param histories random ones to compare with the model: 200 or more where a store is cheap to open
 * @param differences that the store declares
 */
export function describeKvStore(
  name: string,
  open: OpenStore,
  histories: number,
  differences: StoreDifferences = {},
): void {
  describe(`${name} keeps the contract of KvStore:`, () => {
    it(
      'an empty store is at revision 1',
      onFresh(open, async ({ store }) => {
        expect(await revisionOf(store)).toBe(1);
      }),
    );

    it(
      'every answer carries the incarnation, always the same',
      onFresh(open, async ({ store }) => {
        const { incarnation } = await store.status();
        expect(incarnation).not.toBe('');
        await putOne(store, 'a', '1');
        expect((await store.status()).incarnation).toBe(incarnation);
      }),
    );

    describeRange(open);
    describeTxn(open);
    describeWatch(open, differences);
    describeLeases(open, differences);
    describeCompaction(open, differences);
    describeSessions(open, differences);
    describeModel(open, histories, differences);
  });
}
