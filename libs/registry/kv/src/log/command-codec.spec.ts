import * as proto from '@portolan/contracts/kv-command';
import { PortolanError } from '@portolan/kernel';
import fc from 'fast-check';
import { MalformedCommandError, UnknownCommandError } from '../errors.ts';
import { leaseId, revision, sessionId } from '../ids.ts';
import { FROM_KEY, keyOf } from '../key.ts';
import { keysBetween } from '../key-range.ts';
import type { Alarm } from '../kv-admin.ts';
import type { Command } from '../machine/command.ts';
import { COMMAND_FORMAT, formatOf } from '../machine/command-format.ts';
import { ANYTHING, txnOver } from '../testing/arbitraries.ts';
import { plain } from '../testing/comparison.ts';
import { del, get, keys, put } from '../testing/shorthand.ts';
import { decodeCommand, encodeCommand } from './command-codec.ts';

const aNumber = fc.maxSafeInteger().map(Math.abs);

const anAlarm: fc.Arbitrary<Alarm> = fc.record({
  kind: fc.constantFrom('no-space', 'corrupt'),
  memberId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  keyspace: fc.option(ANYTHING.keyspace, { nil: undefined }),
});

const aCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('txn' as const),
      txn: txnOver(ANYTHING),
      idempotency: fc.option(
        fc.record({ session: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(sessionId), sequence: aNumber }),
        { nil: undefined },
      ),
    }),
  },
  fc.record(
    {
      kind: fc.constant('grant' as const),
      id: ANYTHING.leaseId,
      ttlSeconds: aNumber,
      keyspace: fc.constantFrom('catalog', 'system'),
    },
    { requiredKeys: ['kind', 'id', 'ttlSeconds'] },
  ),
  fc.record({ kind: fc.constant('activate' as const), format: fc.constantFrom(1, COMMAND_FORMAT) }),
  fc.record({ kind: fc.constantFrom('raise-alarm', 'disarm-alarm'), alarm: anAlarm }),
  fc.record({ kind: fc.constant('revoke' as const), id: ANYTHING.leaseId }),
  fc.record({
    kind: fc.constant('expire' as const),
    term: aNumber,
    leases: fc.array(fc.record({ id: ANYTHING.leaseId, grantedAt: aNumber })),
  }),
  fc.record({
    kind: fc.constant('compact' as const),
    keyspace: ANYTHING.keyspace,
    revision: ANYTHING.revision,
  }),
  fc.record({
    kind: fc.constant('limit' as const),
    limits: fc.record(
      {
        leasesMax: aNumber,
        quotaBytes: aNumber,
        sessionsMax: aNumber,
        sessionBytesMax: aNumber,
        catalogQuotaBytes: aNumber.map((bytes) => Math.max(1, bytes)),
        systemQuotaBytes: aNumber.map((bytes) => Math.max(1, bytes)),
      },
      { requiredKeys: ['leasesMax', 'quotaBytes', 'sessionsMax', 'sessionBytesMax'] },
    ),
  }),
);

/** Without what says no more than its absence. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, field]) => !(name === 'previous' && field === false) && !(name === 'select' && field === 'key-values'),
  );
  return Object.fromEntries(entries.map(([name, field]) => [name, normal(field)]));
}

describe('a command in the log', () => {
  it('is decoded to what was encoded, and from that to the same bytes', () => {
    fc.assert(
      fc.property(aCommand, (command) => {
        const bytes = encodeCommand(command);
        const decoded = decodeCommand(bytes);
        expect(normal(plain(decoded))).toEqual(normal(plain(command)));
        expect(encodeCommand(decoded)).toEqual(bytes);
        expect(bytes[1]).toBe(formatOf(command));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a range that ends below every key empty', () => {
    const keysOf = (end: string): Command => ({
      kind: 'txn',
      txn: { success: [{ kind: 'delete', keyspace: 'user', keys: keysBetween(keyOf('a'), keyOf(end)) }] },
      idempotency: undefined,
    });
    for (const end of ['', FROM_KEY]) {
      expect(decodeCommand(encodeCommand(keysOf(end)))).toMatchObject({
        txn: { success: [{ keys: { kind: 'until', key: 'a', end: '' } }] },
      });
    }
  });

  it('shares no bytes with the entry it came from', () => {
    const bytes = encodeCommand({ kind: 'txn', txn: { success: [put('a', 'before')] }, idempotency: undefined });
    const decoded = decodeCommand(bytes);
    bytes.fill(0);
    expect(plain(decoded)).toMatchObject({ txn: { success: [{ value: 'before' }] } });
  });

  it('leaves nothing behind when it cannot be encoded', () => {
    const revoke: Command = { kind: 'revoke', id: leaseId(1n) };
    const before = encodeCommand(revoke);
    const impossible = put('a', '1', { lease: leaseId(2n ** 64n) });
    expect(() =>
      encodeCommand({ kind: 'txn', txn: { success: [put('b', '1'), impossible] }, idempotency: undefined }),
    ).toThrow(/too large/);
    expect(encodeCommand(revoke)).toEqual(before);
  });
});

/** As a member of today must be able to read them for ever. */
const WRITTEN_WITH_FORMAT_1: readonly (readonly [Command, string])[] = [
  [
    {
      kind: 'txn',
      txn: {
        compares: [
          { keyspace: 'catalog', keys: keys('a'), relation: 'less', target: { kind: 'mod', value: revision(300) } },
        ],
        success: [put('a', '1', { lease: leaseId(7n), previous: true }), del('b*')],
        failure: [get('a-c', { limit: 2 }), { kind: 'txn', compares: [], success: [], failure: [] }],
      },
      idempotency: { session: sessionId(2n ** 63n), sequence: 5 },
    },
    '080112450a0a0802120161200338ac02120e120c08011201611a013120072801120a1a0808011201621a01631a0c0a0a08011201611a016328021a0222002100000000000000802805',
  ],
  [{ kind: 'grant', id: leaseId(2n ** 62n), ttlSeconds: 60 }, '08011a0c08808080808080808040103c'],
  [{ kind: 'revoke', id: leaseId(1n) }, '080122020801'],
  [{ kind: 'expire', term: 3, leases: [{ id: leaseId(1n), grantedAt: 9 }] }, '08012a080803120408011009'],
  [
    { kind: 'limit', limits: { leasesMax: 1, quotaBytes: 300, sessionsMax: 3, sessionBytesMax: 0 } },
    '08013a07080110ac021803',
  ],
  [{ kind: 'compact', keyspace: 'system', revision: revision(2 ** 53 - 1) }, '0801320b080310ffffffffffffff0f'],
];

const WRITTEN_WITH_FORMAT_2: readonly (readonly [Command, string])[] = [
  [{ kind: 'grant', id: leaseId(1n), ttlSeconds: 60, keyspace: 'catalog' }, '08021a060801103c1802'],
  [
    {
      kind: 'limit',
      limits: {
        leasesMax: 1,
        quotaBytes: 2,
        sessionsMax: 3,
        sessionBytesMax: 4,
        catalogQuotaBytes: 5,
        systemQuotaBytes: 6,
      },
    },
    '08023a0c080110021803200428053006',
  ],
  [{ kind: 'activate', format: 2 }, '080242020802'],
  [{ kind: 'raise-alarm', alarm: { kind: 'no-space', memberId: 0n, keyspace: 'user' } }, '08024a060a0408011801'],
  [
    { kind: 'disarm-alarm', alarm: { kind: 'corrupt', memberId: 3n, keyspace: undefined } },
    '0802520d0a0b0802110300000000000000',
  ],
];

function refusalOf(bytes: Uint8Array): PortolanError {
  try {
    decodeCommand(bytes);
  } catch (error) {
    if (error instanceof PortolanError) return error;
    throw error;
  }
  throw new Error('it was decoded');
}

describe('the format', () => {
  it.each(WRITTEN_WITH_FORMAT_2)('of today is read by those who know it (example %#)', (command, hex) => {
    const bytes = Buffer.from(encodeCommand(command));
    expect(bytes.toString('hex')).toBe(hex);
    expect(normal(plain(decodeCommand(bytes)))).toEqual(normal(plain(command)));
    expect(() => decodeCommand(bytes, 1)).toThrow(UnknownCommandError);
  });

  it.each(WRITTEN_WITH_FORMAT_1)('of yesterday is still written, and read (example %#)', (command, hex) => {
    expect(Buffer.from(encodeCommand(command)).toString('hex')).toBe(hex);
    expect(normal(plain(decodeCommand(Buffer.from(hex, 'hex'))))).toEqual(normal(plain(command)));
  });

  it.each([
    [3, [0x08, 3, 0x0f, 0xff]],
    [300, [0x08, 0xac, 0x02]],
  ])('%d, of a later version, is refused by its number, and the member told to stop', (number, bytes) => {
    const refused = refusalOf(Uint8Array.from(bytes));
    expect(refused).toMatchObject({ code: 'KV_UNKNOWN_COMMAND', context: { what: 'format', number, formatMax: 2 } });
    expect(refused.message).toContain(`format ${String(number)}`);
    expect(refused.fix).toContain('stop this member');
  });

  it.each([
    [11, [0x08, 2, 0x5a, 0]],
    [20, [0x08, 1, 0xa2, 0x01, 0]],
    [0, [0x08, 1]],
  ])('has no command %d yet, and says so', (number, bytes) => {
    expect(refusalOf(Uint8Array.from(bytes))).toMatchObject({
      code: 'KV_UNKNOWN_COMMAND',
      context: { what: 'kind', number, formatMax: 2 },
    });
  });

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['half a command', encodeCommand({ kind: 'grant', id: leaseId(2n ** 40n), ttlSeconds: 9 }).slice(0, -3)],
    ['a text', Buffer.from('hello, world')],
    ['what came with a later one', Uint8Array.from([0x08, 1, 0x42, 2, 8, 2])],
    [
      'a keyspace that nobody knows',
      proto.Command.encode({
        format: 1,
        command: { $case: 'compact', value: { keyspace: 0, revision: 1n } },
      }).finish(),
    ],
    [
      'a revision that nobody can count to',
      proto.Command.encode({
        format: 1,
        command: { $case: 'compact', value: { keyspace: 1, revision: 2n ** 60n } },
      }).finish(),
    ],
  ])('is not that of %s', (_what, bytes) => {
    expect(() => decodeCommand(bytes)).toThrow(MalformedCommandError);
  });
});
