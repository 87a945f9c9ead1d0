import type { RecordedOperation } from '../../history/history.ts';
import { checkLinearizable } from '../check-linearizable.ts';
import { operation } from '../testing/script.ts';
import { kvModel } from './kv-model.ts';
import type { KvInput, KvKeyValue, KvOutput } from './kv-operations.ts';
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
