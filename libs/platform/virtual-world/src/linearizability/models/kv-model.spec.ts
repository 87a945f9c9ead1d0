import fc from 'fast-check';
import { createSeededRng, type Rng } from '@portolan/kernel';
import type { RecordedOperation } from '../../history/history.ts';
import { checkLinearizable } from '../check-linearizable.ts';
import { randomHistory } from '../testing/random-history.ts';
import { operation } from '../testing/script.ts';
import { SequentialStore } from '../testing/sequential-store.ts';
import { kvModel } from './kv-model.ts';
import type { KvCompare, KvInput, KvKeyValue, KvOperation, KvOutput } from './kv-operations.ts';
import { withExpiries } from './lease-expiries.ts';

type Operation = RecordedOperation<KvInput, KvOutput>;

const OK = 'linearizable';
const NOT = 'not linearizable';

const kv = (key: string, value: string, modRevision: number, more: Partial<KvKeyValue> = {}): KvKeyValue => ({
  key,
  value,
  createRevision: modRevision,
  modRevision,
  version: 1,
  ...more,
});
const put = (picture: string, key: string, value: string, revision?: number, lease?: string): Operation =>
  operation<KvInput, KvOutput>(
    picture,
    { kind: 'txn', success: [{ kind: 'put', key, value, ...(lease !== undefined && { lease }) }] },
    revision === undefined ? undefined : { kind: 'txn', revision, succeeded: true, results: [{ kind: 'put' }] },
  );
const get = (picture: string, key: string, revision: number, ...keyValues: KvKeyValue[]): Operation =>
  operation<KvInput, KvOutput>(
    picture,
    { kind: 'txn', success: [{ kind: 'range', from: key }] },
    { kind: 'txn', revision, succeeded: true, results: [{ kind: 'range', keyValues }] },
  );
const swap = (picture: string, mod: number, revision: number, succeeded: boolean): Operation =>
  operation<KvInput, KvOutput>(
    picture,
    {
      kind: 'txn',
      compares: [{ key: 'k', target: 'mod', relation: 'equal', value: mod }],
      success: [{ kind: 'put', key: 'k', value: picture }],
    },
    { kind: 'txn', revision, succeeded, results: succeeded ? [{ kind: 'put' }] : [] },
  );
const lease = (picture: string, input: KvInput, kind: 'granted' | 'kept' | 'revoked' | 'no-lease'): Operation =>
  operation<KvInput, KvOutput>(picture, input, { kind });
const grant = (picture: string): Operation => lease(picture, { kind: 'grant', lease: 'L', ttlMs: 10_000 }, 'granted');
const keepAlive = (picture: string): Operation =>
  lease(picture, { kind: 'keep-alive', lease: 'L', ttlMs: 10_000 }, 'kept');
const revoke = (picture: string, kind: 'revoked' | 'no-lease' = 'revoked'): Operation =>
  lease(picture, { kind: 'revoke', lease: 'L' }, kind);

const leased = (value: string, modRevision: number): KvKeyValue => kv('k', value, modRevision, { lease: 'L' });

describe('kvModel', () => {
  it.each<[string, 'dense' | 'gaps', string, readonly Operation[]]>([
    ['a put and a read of it', 'dense', OK, [put('a|-|', 'k', 'v', 2), get('a    |-|', 'k', 2, kv('k', 'v', 2))]],
    ['a read at an older revision', 'dense', NOT, [put('a|-|', 'k', 'v', 2), get('a    |-|', 'k', 1)]],
    ['a revision left out', 'dense', NOT, [put('a|-|', 'k', 'v', 3)]],
    ['a revision left out', 'gaps', OK, [put('a|-|', 'k', 'v', 3)]],
    ['revisions that fall', 'gaps', NOT, [put('a|-|', 'k', 'v', 3), put('a    |-|', 'k', 'v', 2)]],
    ['two writes of one revision', 'gaps', NOT, [put('a|--|', 'k', 'v', 3), put('b|--|', 'k', 'v', 3)]],
    ['a write below a revision that was read', 'gaps', NOT, [get('a|-|', 'k', 5), put('a    |-|', 'k', 'v', 5)]],
    [
      'two swaps of one revision',
      'dense',
      NOT,
      [put('a|-|', 'k', 'v', 2), swap('a    |-|', 2, 3, true), swap('b    |-|', 2, 4, true)],
    ],
    [
      'two swaps, one refused',
      'dense',
      OK,
      [put('a|-|', 'k', 'v', 2), swap('a    |-|', 2, 3, true), swap('b    |-|', 2, 3, false)],
    ],
    [
      'an unknown put, seen',
      'dense',
      OK,
      [put('a|', 'k', 'v'), get('b  |-|', 'k', 1), get('b      |-|', 'k', 2, kv('k', 'v', 2))],
    ],
    [
      'an unknown put, seen twice at two revisions',
      'gaps',
      NOT,
      [put('a|', 'k', 'v'), get('b  |-|', 'k', 7, kv('k', 'v', 7)), get('b      |-|', 'k', 7, kv('k', 'v', 6))],
    ],
    [
      'an unknown put, seen at a revision from before it',
      'gaps',
      NOT,
      [put('b|-|', 'x', 'v', 4), put('a    |', 'k', 'v'), get('b      |-|', 'k', 7, kv('k', 'v', 3))],
    ],
    [
      'an unknown put, seen at a revision after a later write',
      'gaps',
      NOT,
      [put('a|', 'k', 'v'), swap('b  |-|', 0, 4, false), get('b      |-|', 'k', 9, kv('k', 'v', 6))],
    ],
    [
      'an unknown second put, seen at a revision after a later write',
      'gaps',
      NOT,
      [
        put('a|-|', 'k', 'v', 2),
        put('a    |', 'k', 'w'),
        swap('b        |-|', 2, 4, false),
        get('b            |-|', 'k', 9, kv('k', 'w', 6, { createRevision: 2, version: 2 })),
      ],
    ],
    ['a swap of an unknown put', 'gaps', OK, [put('a|', 'k', 'v'), swap('b  |-|', 5, 8, true)]],
    [
      'a version that is not counted on',
      'dense',
      NOT,
      [
        put('a|-|', 'k', 'v', 2),
        put('a    |-|', 'k', 'w', 3),
        get('a        |-|', 'k', 3, kv('k', 'w', 3, { createRevision: 2 })),
      ],
    ],
  ])('%s, revisions %s: %s', (_what, revisions, expected, operations) => {
    expect(checkLinearizable(kvModel(revisions), operations).kind).toBe(expected);
  });

  it.each<[string, string, readonly Operation[]]>([
    [
      'a key that goes with its revoked lease',
      OK,
      [
        grant('a|-|'),
        put('a    |-|', 'k', 'v', 2, 'L'),
        get('b        |-|', 'k', 2, leased('v', 2)),
        revoke('a            |-|'),
        get('b                |-|', 'k', 3),
      ],
    ],
    [
      'a key that stays',
      NOT,
      [
        grant('a|-|'),
        put('a    |-|', 'k', 'v', 2, 'L'),
        revoke('a        |-|'),
        get('b            |-|', 'k', 2, leased('v', 2)),
      ],
    ],
    ['a put without its lease', NOT, [put('a|-|', 'k', 'v', 2, 'L')]],
    [
      'an expiry after the time to live',
      OK,
      [grant('a|-|'), put('a    |-|', 'k', 'v', 2, 'L'), get('b           |-|', 'k', 3)],
    ],
    ['an expiry before it', NOT, [grant('a|-|'), put('a    |-|', 'k', 'v', 2, 'L'), get('b      |-|', 'k', 3)]],
    [
      'no expiry at all',
      OK,
      [grant('a|-|'), put('a    |-|', 'k', 'v', 2, 'L'), get('b                        |-|', 'k', 2, leased('v', 2))],
    ],
    [
      'an expiry although it was kept alive',
      NOT,
      [grant('a|-|'), put('a    |-|', 'k', 'v', 2, 'L'), keepAlive('a        |-|'), get('b              |-|', 'k', 3)],
    ],
    [
      'an expiry of what was kept alive',
      OK,
      [
        grant('a|-|'),
        put('a    |-|', 'k', 'v', 2, 'L'),
        keepAlive('a        |-|'),
        get('b                    |-|', 'k', 3),
      ],
    ],
    [
      'a keep-alive of an expired lease',
      NOT,
      [
        grant('a|-|'),
        put('a    |-|', 'k', 'v', 2, 'L'),
        get('b            |-|', 'k', 3),
        keepAlive('a                |-|'),
      ],
    ],
    ['a revoke that finds it expired', OK, [grant('a|-|'), revoke('a            |-|', 'no-lease')]],
    ['a revoke that finds nothing too early', NOT, [grant('a|-|'), revoke('a    |-|', 'no-lease')]],
  ])('with leases, %s: %s', (_what, expected, operations) => {
    expect(checkLinearizable(kvModel('dense'), withExpiries(operations)).kind).toBe(expected);
  });

  it('lets a lease expire early by as much as the clocks may be fast', () => {
    const operations = [grant('a|-|'), revoke('a         |-|', 'no-lease')];
    expect(checkLinearizable(kvModel('dense'), withExpiries(operations)).kind).toBe(OK);
    const earlier = [grant('a|-|'), revoke('a      |-|', 'no-lease')];
    expect(checkLinearizable(kvModel('dense'), withExpiries(earlier)).kind).toBe(NOT);
    expect(checkLinearizable(kvModel('dense'), withExpiries(earlier, 1.5)).kind).toBe(OK);
  });
});

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
