import fc from 'fast-check';
import { createSeededRng, type Rng } from '@portolan/kernel';
import type { RecordedOperation } from '../history/history.ts';
import { checkLinearizable } from './check-linearizable.ts';
import { registerModel, type RegisterInput, type RegisterOutput } from './models/register-model.ts';
import { placeable } from './placeable.ts';
import { searchOrder } from './search.ts';
import { hasOrder } from './testing/brute-force.ts';
import { randomHistory } from './testing/random-history.ts';
import { operation } from './testing/script.ts';

type Operation = RecordedOperation<RegisterInput, RegisterOutput>;

const key = 'x';
const write = (picture: string, value: string): Operation =>
  operation(picture, { kind: 'write', key, value }, { kind: 'written' });
const read = (picture: string, value: string | undefined): Operation =>
  operation(picture, { kind: 'read', key }, { kind: 'read', value });
const swap = (picture: string, expected: string | undefined, value: string, isSwapped: boolean): Operation =>
  operation(picture, { kind: 'compare-and-swap', key, expected, value }, { kind: 'compared', isSwapped });
const lost = (operation: Operation): Operation => ({ ...operation, outcome: { kind: 'failed' } });
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

/** Answers at random from few values, so that both verdicts are common. */
function guesses(rng: Rng, count: number): Operation[] {
  const value = (): string => `${rng.below(2)}`;
  const columns = Array.from({ length: 2 * count }, (_, index) => index);
  const take = (): number => columns.splice(rng.below(columns.length), 1)[0] ?? 0;
  return Array.from({ length: count }, () => {
    const [one, other] = [take(), take()];
    const moment = (sequence: number) => ({ atMs: sequence, sequence });
    const [call, at] = [moment(Math.min(one, other)), moment(Math.max(one, other))];
    const inputs = [
      [
        { kind: 'read', key },
        { kind: 'read', value: rng.below(5) === 0 ? undefined : value() },
      ],
      [{ kind: 'write', key, value: value() }, { kind: 'written' }],
      [
        { kind: 'compare-and-swap', key, expected: value(), value: value() },
        { kind: 'compared', isSwapped: rng.below(2) === 0 },
      ],
    ] as const satisfies (readonly [RegisterInput, RegisterOutput])[];
    const [input, output] = inputs[rng.below(3)] ?? inputs[0];
    const fate = rng.below(10);
    const outcome: Operation['outcome'] =
      fate === 0
        ? { kind: 'failed' }
        : fate <= 2
          ? { kind: 'unknown' }
          : fate === 3
            ? { kind: 'happened', at }
            : { kind: 'ok', output, at };
    return { client: `c${one}`, input, call, outcome };
  }).sort((one, other) => one.call.sequence - other.call.sequence);
}

/** Every write its own value, so that what a read has seen says who wrote it. */
function registerHistory(seed: number, operations: number, unknownChance: number): readonly Operation[] {
  let value: string | undefined;
  return randomHistory<RegisterInput, RegisterOutput>({
    rng: createSeededRng(seed),
    operations,
    clients: 5,
    unknownChance,
    input: (rng, index) =>
      rng.below(2) === 0
        ? { kind: 'read', key }
        : rng.below(3) > 0
          ? { kind: 'write', key, value: `${index}` }
          : { kind: 'compare-and-swap', key, expected: `${index - rng.below(8)}`, value: `${index}` },
    apply: (input) => {
      if (input.kind === 'read') return { kind: 'read', value };
      const isSwapped = input.kind === 'write' || value === input.expected;
      if (isSwapped) value = input.value;
      return input.kind === 'write' ? { kind: 'written' } : { kind: 'compared', isSwapped };
    },
  });
}

/** For each read after two writes, one completed before the other began: the same history with the read of the first. */
function staleReads(operations: readonly Operation[]): Operation[][] {
  const returnOf = ({ outcome }: Operation): number => ('at' in outcome ? outcome.at.sequence : Infinity);
  const writes = operations.filter(({ input }) => input.kind === 'write');
  return operations.flatMap((one, index) => {
    if (one.input.kind !== 'read' || one.outcome.kind !== 'ok') return [];
    const newer = writes.filter((write) => returnOf(write) < one.call.sequence).at(-1);
    const older = writes.filter((write) => newer && returnOf(write) < newer.call.sequence).at(-1);
    if (older?.input.kind !== 'write') return [];
    const outcome = { ...one.outcome, output: { kind: 'read', value: older.input.value } } as const;
    return [operations.with(index, { ...one, outcome })];
  });
}

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

describe('the explanation of a refusal', () => {
  it('is the fewest operations that cannot be ordered, as a table', () => {
    const noise = Array.from({ length: 9 }, (_, index) =>
      read(`c${' '.repeat(4 * index)}|-|`, index < 1 ? undefined : '1'),
    );
    const verdict = checkLinearizable(registerModel, [
      ...noise.slice(0, 1),
      write('a    |-|', '1'),
      ...noise.slice(2),
      write('a                                    |-|', '2'),
      read('b                                        |-|', '1'),
      read('c                                                |-|', '2'),
    ]);
    expect(verdict).toMatchObject({ kind: NOT });
    expect('explain' in verdict && `\n${verdict.explain()}\n`).toBe(`
not linearizable: no order explains the answers of 3 operations, whatever became of 9 others
client  call    return  input      output
a       4.000   6.000   write x 1  ok
a       36.000  38.000  write x 2  ok
b       40.000  42.000  read x     1
the order that comes furthest: a write x 2
after it, in state =2, there is no place for b read x → 1
`);
  });

  it('shows what the others were concluded from', () => {
    const verdict = checkLinearizable(registerModel, [
      write('a|', '1'),
      read('b  |-|', '1'),
      read('c      |-|', undefined),
    ]);
    expect('explain' in verdict && `\n${verdict.explain()}\n`).toBe(`
not linearizable: no order explains the answers of 2 operations, whatever became of 1 other
client  call   return  input   output
b       2.000  4.000   read x  1
c       6.000  8.000   read x  absent
the order that comes furthest: a write x 1, b read x
after it, in state =1, there is no place for c read x → absent
`);
  });

  it('stays small when the history is long', () => {
    const [operations = []] = staleReads(registerHistory(3, 300, 0.02)).slice(-1);
    const verdict = checkLinearizable(registerModel, operations);
    expect(verdict.kind).toBe(NOT);
    expect('explain' in verdict && verdict.explain()).toContain('of 3 operations, whatever became of 2');
  });
});
