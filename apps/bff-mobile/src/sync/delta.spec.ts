import fc from 'fast-check';
import type { CardView } from '../views/card.ts';
import { deltaOf, snapshotOf, tokenOf } from './delta.ts';

const card: fc.Arbitrary<CardView> = fc.record(
  {
    id: fc.constantFrom('1', '2', '3', '4', '__proto__', 'constructor'),
    name: fc.constantFrom('lamp', 'compass'),
    price: fc.integer({ min: 0, max: 2 }),
    stock: fc.constantFrom('in', 'low', 'out'),
    stars: fc.constantFrom(1, 4.5),
  },
  { requiredKeys: ['id', 'name', 'price'] },
);
const catalogue = fc.uniqueArray(card, { selector: ({ id }) => id });

it('brings a client from any catalogue to any other (property)', () => {
  fc.assert(
    fc.property(catalogue, catalogue, (before, after) => {
      const client = new Map(before.map((one) => [one.id, one]));
      const { items, gone } = deltaOf(snapshotOf(before), after, true);
      for (const item of items) client.set(item.id, item);
      for (const id of gone) client.delete(id);
      const byId = (a: CardView, b: CardView): number => (a.id < b.id ? -1 : 1);
      expect([...client.values()].sort(byId)).toEqual([...after].sort(byId));
    }),
  );
});

it('names the same content the same, and another otherwise (property)', () => {
  fc.assert(
    fc.property(catalogue, catalogue, (one, other) => {
      expect(tokenOf(snapshotOf([...one].reverse()))).toBe(tokenOf(snapshotOf(one)));
      const { items, gone } = deltaOf(snapshotOf(one), other, true);
      expect(tokenOf(snapshotOf(one)) === tokenOf(snapshotOf(other))).toBe(items.length + gone.length === 0);
    }),
  );
});

it('does not take for a change what a service does not say just now', () => {
  const known: CardView = { id: '1', name: 'lamp', price: 2, stock: 'in', stars: 4 };
  const before = snapshotOf([known]);
  expect(deltaOf(before, [{ id: '1', name: 'lamp', price: 2 }], false)).toEqual({ items: [], gone: [] });
  expect(deltaOf(before, [{ id: '1', name: 'lamp', price: 3 }], false).items).toHaveLength(1);
});
