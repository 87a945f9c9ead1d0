import type { RecordedOperation } from '../../history/history.ts';
import { checkLinearizable } from '../check-linearizable.ts';
import { operation } from '../testing/script.ts';
import { withExpiries } from './lease-expiries.ts';
import { leaseModel, type LeaseInput, type LeaseOutput } from './lease-model.ts';

type Operation = RecordedOperation<LeaseInput, LeaseOutput>;

const OK = 'linearizable';
const NOT = 'not linearizable';

const act =
  (kind: LeaseInput['kind']) =>
  (picture: string, output?: LeaseOutput, lease = 'L'): Operation =>
    operation<LeaseInput, LeaseOutput>(picture, { kind, lease, ttlMs: 10_000, key: 'k' }, output);
const [grant, keepAlive, revoke, attach, read] = [
  act('grant'),
  act('keep-alive'),
  act('revoke'),
  act('attach'),
  act('read'),
];

describe('leaseModel', () => {
  it.each<[string, string, readonly Operation[]]>([
    ['a key of a lease', OK, [grant('a|-|', 'ok'), attach('a    |-|', 'ok'), read('b        |-|', 'present')]],
    ['a key of no lease', NOT, [attach('a|-|', 'ok')]],
    [
      'a key of a revoked lease',
      NOT,
      [
        grant('a|-|', 'ok'),
        attach('a    |-|', 'ok'),
        revoke('a        |-|', 'ok'),
        read('b            |-|', 'present'),
      ],
    ],
    ['a lease granted twice', NOT, [grant('a|-|', 'ok'), grant('b    |-|', 'ok')]],
    ['a lease granted again once it has expired', OK, [grant('a|-|', 'ok'), grant('b            |-|', 'ok')]],
    ['a key gone too early', NOT, [grant('a|-|', 'ok'), attach('a    |-|', 'ok'), read('b       |-|', 'absent')]],
    ['a key gone in time', OK, [grant('a|-|', 'ok'), attach('a    |-|', 'ok'), read('b           |-|', 'absent')]],
    [
      'a key gone by an unknown revoke',
      OK,
      [grant('a|-|', 'ok'), attach('a    |-|', 'ok'), revoke('c      |'), read('b       |-|', 'absent')],
    ],
    [
      'a key gone although a keep-alive said yes',
      NOT,
      [
        grant('a|-|', 'ok'),
        attach('a    |-|', 'ok'),
        keepAlive('a        |-|', 'ok'),
        read('b              |-|', 'absent'),
      ],
    ],
    [
      'a key gone while a keep-alive never answered',
      OK,
      [grant('a|-|', 'ok'), attach('a    |-|', 'ok'), keepAlive('a        |'), read('b              |-|', 'absent')],
    ],
    [
      'a keep-alive after the key was seen gone',
      NOT,
      [
        grant('a|-|', 'ok'),
        attach('a    |-|', 'ok'),
        read('b            |-|', 'absent'),
        keepAlive('a                |-|', 'ok'),
      ],
    ],
    [
      'another lease is another matter',
      OK,
      [
        grant('a|-|', 'ok'),
        grant('a    |-|', 'ok', 'M'),
        revoke('a        |-|', 'ok', 'M'),
        keepAlive('a            |-|', 'no-lease', 'M'),
      ],
    ],
  ])('%s: %s', (_what, expected, operations) => {
    expect(checkLinearizable(leaseModel, withExpiries(operations)).kind).toBe(expected);
  });
});
