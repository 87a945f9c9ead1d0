import fc from 'fast-check';
import { IndexedHeap, type HeapItem } from './indexed-heap.ts';

interface Ranked extends HeapItem {
  rank: number;
  readonly id: number;
}

const before = (first: Ranked, second: Ranked): boolean =>
  first.rank === second.rank ? first.id < second.id : first.rank < second.rank;

describe('IndexedHeap', () => {
  it('knows its first item, and the first of those not left out, through any changes (property)', () => {
    const change = fc.tuple(fc.constantFrom('push', 'remove', 'move'), fc.nat(19), fc.nat(5));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), fc.uniqueArray(fc.nat(19)), (changes, leftOut) => {
        const heap = new IndexedHeap<Ranked>(before);
        const items = Array.from({ length: 20 }, (_, id): Ranked => ({ id, rank: 0, position: -1 }));
        for (const [what, id, rank] of changes) {
          const item = items[id];
          if (item === undefined) continue;
          const inside = item.position !== -1;
          if (what === 'remove' && inside) heap.remove(item);
          if (what === 'push' && !inside) {
            item.rank = rank;
            heap.push(item);
          }
          if (what === 'move' && inside) {
            item.rank = rank;
            heap.moved(item);
          }
          const sorted = items
            .filter(({ position }) => position !== -1)
            .sort((one, other) => (before(one, other) ? -1 : 1));
          expect(heap.first()).toBe(sorted[0]);
          expect(heap.firstExcept((each) => leftOut.includes(each.id))).toBe(
            sorted.find((each) => !leftOut.includes(each.id)),
          );
        }
      }),
    );
  });
});
