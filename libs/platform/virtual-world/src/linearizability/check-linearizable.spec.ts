import fc from 'fast-check';
import { createSeededRng } from '@portolan/kernel';
import { checkLinearizable } from './check-linearizable.ts';
import { registerModel } from './models/register-model.ts';
import { placeable } from './placeable.ts';
import { searchOrder } from './search.ts';
import { hasOrder } from './testing/brute-force.ts';
import { guesses, registerHistory, staleReads } from './testing/register-histories.ts';
import { key, lost, read, swap, write, type Operation } from './testing/register-operations.ts';
import { operation } from './testing/script.ts';

const verdict = (...operations: Operation[]): string => checkLinearizable(registerModel, operations).kind;

/** By the definition. */
const isOrdered = (operations: readonly Operation[]): boolean =>
  hasOrder(registerModel, operations.filter(({ outcome }) => outcome.kind !== 'failed').map(placeable));

const LINEARIZABLE = 'linearizable';
const NOT = 'not linearizable';

describe('checkLinearizable, of histories that are known', () => {
  it.each<[string, string, readonly Operation[]]>([
    ['nothing at all', LINEARIZABLE, []],
    ['a read of nothing', LINEARIZABLE, [read('a|-|', undefined)]],
    ['a read after a write', LINEARIZABLE, [write('a|-|', '1'), read('b    |-|', '1')]],
    ['a stale read', NOT, [write('a|-|', '1'), write('a    |-|', '2'), read('b        |-|', '1')]],
    [
      'either value during a write',
      LINEARIZABLE,
      [write('a|------|', '1'), read('b |-|', undefined), read('c    |-|', '1')],
    ],
    [
      'the new value, then the old one',
      NOT,
      [write('a|------|', '1'), read('b |-|', '1'), read('c    |-|', undefined)],
    ],
    [
      'two readers who see writes in two orders',
      NOT,
      [
        write('a|-----------|', '1'),
        write('b|-----------|', '2'),
        read('c  |-|', '1'),
        read('c      |-|', '2'),
        read('d  |-|', '2'),
        read('d      |-|', '1'),
      ],
    ],
    ['a lost write', NOT, [write('a|-|', '1'), read('b    |-|', undefined)]],
    ['a read of what nobody wrote', NOT, [write('a|-|', '1'), read('b|-|', '2')]],
    [
      'two swaps from the same value',
      NOT,
      [write('a|-|', '1'), swap('a    |-|', '1', '2', true), swap('b    |-|', '1', '3', true)],
    ],
    [
      'two swaps, one refused',
      LINEARIZABLE,
      [write('a|-|', '1'), swap('a    |-|', '1', '2', true), swap('b    |-|', '1', '3', false)],
    ],
    ['a swap that should have been refused', NOT, [write('a|-|', '1'), swap('a    |-|', '2', '3', true)]],
    ['a swap refused without reason', NOT, [write('a|-|', '1'), swap('a    |-|', '1', '3', false)]],
    ['an unknown write, never seen', LINEARIZABLE, [write('a|', '1'), read('b    |-|', undefined)]],
    [
      'an unknown write, seen late, that stays',
      LINEARIZABLE,
      [write('a|', '1'), read('b  |-|', undefined), read('b      |-|', '1'), read('b          |-|', '1')],
    ],
    [
      'an unknown write that goes away again',
      NOT,
      [write('a|', '1'), read('b  |-|', '1'), read('b      |-|', undefined)],
    ],
    [
      'an unknown write that happens twice',
      NOT,
      [
        write('a|', '1'),
        read('b  |-|', '1'),
        write('b      |-|', '2'),
        read('b          |-|', '2'),
        read('b              |-|', '1'),
      ],
    ],
    ['an unknown write seen before it was called', NOT, [read('b|-|', '1'), write('a      |', '1')]],
    [
      'two unknown writes of one value, seen at two times',
      LINEARIZABLE,
      [
        write('a|', '1'),
        write('b|', '1'),
        read('c  |-|', '1'),
        write('c      |-|', '2'),
        read('c          |-|', '2'),
        read('c              |-|', '1'),
      ],
    ],
    [
      'an unknown write, seen twice with another in between',
      NOT,
      [
        write('a|', '1'),
        read('c  |-|', '1'),
        write('c      |-|', '2'),
        read('c          |-|', '2'),
        read('c              |-|', '1'),
      ],
    ],
    ['a failed write that is seen', NOT, [lost(write('a|-|', '1')), read('b    |-|', '1')]],
    ['a failed write that is not', LINEARIZABLE, [lost(write('a|-|', '1')), read('b    |-|', undefined)]],
    [
      'a write that happened without an answer',
      NOT,
      [operation('a|-|', { kind: 'write', key, value: '1' }), read('b    |-|', undefined)],
    ],
  ])('%s: %s', (_what, expected, operations) => {
    expect(verdict(...operations)).toBe(expected);
    expect(isOrdered(operations)).toBe(expected === LINEARIZABLE);
  });

  it('keeps keys apart', () => {
    const other = { kind: 'write', key: 'y', value: '2' } as const;
    expect(
      verdict(write('a|-|', '1'), operation('a    |-|', other, { kind: 'written' }), read('b        |-|', '1')),
    ).toBe(LINEARIZABLE);
  });
});

describe('checkLinearizable, of histories by chance', () => {
  it('agrees with the definition on small ones, whatever they answer', () => {
    const seen = { linearizable: 0, not: 0 };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, count) => {
        const operations = guesses(createSeededRng(seed), count);
        const expected = isOrdered(operations);
        seen[expected ? 'linearizable' : 'not'] += 1;
        expect(checkLinearizable(registerModel, operations).kind).toBe(expected ? LINEARIZABLE : NOT);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(seen.linearizable, seen.not)).toBeGreaterThan(500);
  });

  it('agrees with the definition where an operation may not have happened but has returned', () => {
    const seen = { ordered: 0, refused: 0 };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, count) => {
        const rng = createSeededRng(seed);
        const operations = guesses(rng, count).map((one) => ({ ...placeable(one), isRequired: rng.below(2) === 0 }));
        const expected = hasOrder(registerModel, operations) ? 'ordered' : 'refused';
        seen[expected] += 1;
        expect(searchOrder(registerModel, operations, 1_000_000).kind).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(seen.ordered, seen.refused)).toBeGreaterThan(300);
  });

  it('comes back to a state by a way that leaves it more to choose from', () => {
    const optional = [write('a|', '1'), swap('b|', '1', '2', true), write('c|', '2')].map((one) => placeable(one));
    const required = [read('d |-|', '2'), write('d     |-|', '9'), read('d         |-|', '1')].map((one) =>
      placeable(one),
    );
    const operations = [...optional.map((one) => ({ ...one, answer: 'unknown' as const })), ...required];
    expect(hasOrder(registerModel, operations)).toBe(true);
    expect(searchOrder(registerModel, operations, 1_000).kind).toBe('ordered');
  });

  it('accepts what a real register answered, unknown operations included', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(checkLinearizable(registerModel, registerHistory(seed, 200, 0.05)).kind).toBe(LINEARIZABLE);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses it as soon as one read is stale', () => {
    let mutated = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      for (const operations of staleReads(registerHistory(seed, 60, 0))) {
        mutated += 1;
        expect(checkLinearizable(registerModel, operations).kind).toBe(NOT);
      }
    }
    expect(mutated).toBeGreaterThan(100);
  });

  it('needs a few steps for each operation of a long one', () => {
    const checked = checkLinearizable(registerModel, registerHistory(1, 20_000, 0));
    expect(checked.kind).toBe(LINEARIZABLE);
    expect(checked.steps).toBeLessThan(400_000);
  });

  it('needs no more where many operations never answered', () => {
    const checked = checkLinearizable(registerModel, registerHistory(1, 2_000, 0.05));
    expect(checked.kind).toBe(LINEARIZABLE);
    expect(checked.steps).toBeLessThan(100_000);
  });

  it('says that it is undecided rather than search on', () => {
    const operations = registerHistory(1, 200, 0);
    expect(checkLinearizable(registerModel, operations, 50)).toMatchObject({ kind: 'undecided', part: key });
  });
});
