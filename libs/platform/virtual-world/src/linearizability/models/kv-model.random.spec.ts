import fc from 'fast-check';
import { createSeededRng, type Rng } from '@portolan/kernel';
import type { RecordedOperation } from '../../history/history.ts';
import { checkLinearizable } from '../check-linearizable.ts';
import { randomHistory } from '../testing/random-history.ts';
import { SequentialStore } from '../testing/sequential-store.ts';
import { kvModel } from './kv-model.ts';
import type { KvCompare, KvInput, KvKeyValue, KvOperation, KvOutput } from './kv-operations.ts';

type Operation = RecordedOperation<KvInput, KvOutput>;

const OK = 'linearizable';
const NOT = 'not linearizable';

const KEYS = ['a', 'b', 'c'];

function anyKey(rng: Rng): string {
  return KEYS[rng.below(KEYS.length)] ?? 'a';
}

function anyOperation(rng: Rng, index: number): KvOperation {
  const key = anyKey(rng);
  const kind = rng.below(5);
  if (kind < 2) return { kind: 'put', key, value: `${index}` };
  if (kind === 2) return { kind: 'delete', from: key, to: `${key}~` };
  return rng.below(2) === 0 ? { kind: 'range', from: key } : { kind: 'range', from: 'a', to: 'z' };
}

function anyInput(rng: Rng, index: number): KvInput {
  if (rng.below(3) === 0) return { kind: 'txn', success: [{ kind: 'range', from: 'a', to: 'z' }] };
  const targets: readonly KvCompare[] = [
    { key: anyKey(rng), target: 'mod', relation: 'less', value: rng.below(30) },
    { key: anyKey(rng), target: 'create', relation: 'greater', value: rng.below(30) },
    { key: anyKey(rng), target: 'version', relation: 'equal', value: rng.below(3) },
    { key: anyKey(rng), target: 'value', relation: 'not-equal', value: `${index - 1}` },
  ];
  return {
    kind: 'txn',
    compares: targets.filter(() => rng.below(4) === 0),
    success: [anyOperation(rng, index), { kind: 'range', from: anyKey(rng) }],
    failure: [anyOperation(rng, index)],
  };
}

function storeHistory(seed: number, operations: number, unknownChance: number, hasGaps: boolean): readonly Operation[] {
  const store = new SequentialStore();
  const rng = createSeededRng(seed);
  const apply = (input: KvInput): KvOutput => {
    if (hasGaps) store.skip(rng.below(3));
    return store.apply(input);
  };
  return randomHistory({ rng, operations, clients: 4, unknownChance, input: anyInput, apply });
}

/** The same history with one answer changed: what it says cannot have been. */
function mutations(operations: readonly Operation[], of: 'everything' | 'keys'): Operation[][] {
  return operations.flatMap((one, index) => {
    if (one.outcome.kind !== 'ok' || one.outcome.output.kind !== 'txn') return [];
    const { outcome } = one;
    const { output } = one.outcome;
    const later = { ...output, revision: output.revision + operations.length };
    const changed: KvOutput[] = of === 'everything' ? [later] : [];
    const ranges = output.results.flatMap((result, at) => (result.kind === 'range' ? [{ result, at }] : []));
    for (const { result, at } of ranges) {
      const [first, ...rest] = result.keyValues;
      if (first === undefined) continue;
      const answer = (keyValues: readonly KvKeyValue[]): KvOutput => ({
        ...output,
        results: output.results.with(at, { kind: 'range', keyValues }),
      });
      changed.push(
        answer(rest),
        answer([{ ...first, value: 'never' }, ...rest]),
        answer([{ ...first, version: 99 }, ...rest]),
      );
    }
    return changed.map((other) => operations.with(index, { ...one, outcome: { ...outcome, output: other } }));
  });
}

describe('kvModel, of histories by chance', () => {
  it.each([
    ['dense', false],
    ['gaps', true],
    ['gaps', false],
  ] as const)('accepts what a real store answered, revisions %s, others write: %s', (revisions, hasGaps) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const operations = storeHistory(seed, 80, 0.03, hasGaps);
        expect(checkLinearizable(kvModel(revisions), operations).kind).toBe(OK);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses it as soon as one answer is another', () => {
    let mutated = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      for (const operations of mutations(storeHistory(seed, 30, 0, false), 'everything')) {
        mutated += 1;
        expect(checkLinearizable(kvModel('dense'), operations).kind).toBe(NOT);
      }
    }
    expect(mutated).toBeGreaterThan(300);
  });

  it('refuses a key that is missing or made up where revisions have gaps', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      for (const operations of mutations(storeHistory(seed, 30, 0, true), 'keys')) {
        expect(checkLinearizable(kvModel('gaps'), operations).kind).toBe(NOT);
      }
    }
  });
});
