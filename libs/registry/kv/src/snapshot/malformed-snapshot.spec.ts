import type { KeyValue } from '@portolan/contracts/kv';
import type { SnapshotRecord } from '@portolan/contracts/kv-snapshot';
import { AssertionError, PortolanError } from '@portolan/kernel';
import { StaleSnapshotError } from '../errors.ts';
import { leaseId, revision, sessionId } from '../ids.ts';
import type { Command } from '../machine/command.ts';
import { inSlices, Replica } from '../testing/replica.ts';
import { del, put } from '../testing/shorthand.ts';
import type { Operation } from '../txn-request.ts';
import { SliceWriter } from './slice-writer.ts';

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });
const grant = (id: number): Command => ({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });

type AnyRecord = SnapshotRecord['record'];

const limits = {
  leasesMax: 1n,
  quotaBytes: 1n,
  sessionsMax: 1n,
  sessionBytesMax: 1n,
  catalogQuotaBytes: 0n,
  systemQuotaBytes: 0n,
};
const plainStart = { format: 1, index: 9n, revision: 9n, limits, commandFormat: 0, alarms: [] };
const start: AnyRecord = { $case: 'start', value: plainStart };
const unlimited: AnyRecord = { $case: 'start', value: { ...plainStart, limits: undefined } };
const oddAlarm: AnyRecord = {
  $case: 'start',
  value: { ...plainStart, format: 2, alarms: [{ kind: 0, memberId: 0n, keyspace: 1 }] },
};
const lease = (id: bigint, ttlSeconds = 10n): AnyRecord => ({
  $case: 'lease',
  value: { id, ttlSeconds, grantedAt: 1n },
});
const session = (id: bigint): AnyRecord => ({ $case: 'session', value: { id, newestSequence: 1n } });
const refused = (code: string): AnyRecord => ({
  $case: 'answer',
  value: {
    sequence: 1n,
    revision: 1n,
    answer: { $case: 'refused', value: { code, context: {} } },
  },
});
const keyspace = (number: 0 | 1 | 2 | 3, floor = 3n): AnyRecord => ({
  $case: 'keyspace',
  value: { keyspace: number, floor },
});
const keyValue = (key: string, leaseId = 0n): KeyValue => ({
  key: Buffer.from(key),
  value: Buffer.from('1'),
  createRevision: 2n,
  modRevision: 2n,
  version: 1n,
  lease: leaseId,
});
const key = (name: string, leaseId = 0n): AnyRecord => ({ $case: 'keyValue', value: keyValue(name, leaseId) });
const event = (type: 0 | 1 | 2, name: string, modRevision: bigint): AnyRecord => ({
  $case: 'event',
  value: { type, keyValue: { ...keyValue(name), modRevision } },
});
const PUT = 1;
const DELETE = 2;
const others = [keyspace(2), keyspace(3)];

const MAKES_NO_SENSE: readonly (readonly [string, readonly AnyRecord[]])[] = [
  ['there is no start', [keyspace(1), ...others]],
  ['there are no limits', [unlimited, keyspace(1), ...others]],
  ['an alarm is of no kind', [oddAlarm, keyspace(1), ...others]],
  ['there are two starts', [start, start, keyspace(1), ...others]],
  ['there is a record of no kind', [start, undefined, keyspace(1), ...others]],
  ['a keyspace is missing', [start, keyspace(1), keyspace(2)]],
  ['a keyspace comes twice', [start, keyspace(1), keyspace(1), ...others]],
  ['there is a keyspace too many', [start, keyspace(1), ...others, keyspace(3)]],
  ['there is a keyspace that nobody knows', [start, keyspace(0), ...others]],
  ['a floor is in the future', [start, keyspace(1, 10n), ...others]],
  ['a lease comes twice', [start, lease(1n), lease(1n), keyspace(1), ...others]],
  ['a lease comes too late', [start, keyspace(1), ...others, lease(1n)]],
  ['a lease lives longer than numbers go', [start, lease(1n, 2n ** 60n), keyspace(1), ...others]],
  ['a session comes twice', [start, session(1n), session(2n), session(1n), keyspace(1), ...others]],
  ['a session comes too late', [start, keyspace(1), ...others, session(1n)]],
  ['an answer belongs to nobody', [start, refused('KV_COMPACTED'), keyspace(1), ...others]],
  ['an answer is an error that nobody knows', [start, session(1n), refused('KV_UNHEARD'), keyspace(1), ...others]],
  [
    'an answer is empty',
    [
      start,
      session(1n),
      { $case: 'answer', value: { sequence: 1n, revision: 1n, answer: undefined } },
      keyspace(1),
      ...others,
    ],
  ],
  ['a key is in no keyspace', [start, key('a'), keyspace(1), ...others]],
  ['keys are not in order', [start, keyspace(1), key('b'), key('a'), ...others]],
  ['a key comes twice', [start, keyspace(1), key('a'), key('a'), ...others]],
  ['a key comes after an event', [start, keyspace(1), event(PUT, 'b', 3n), key('a'), ...others]],
  ['a key has a lease that does not exist', [start, lease(1n), keyspace(1), key('a', 2n), ...others]],
  ['an event is in no keyspace', [start, event(PUT, 'a', 5n), keyspace(1), ...others]],
  ['an event is of no kind', [start, keyspace(1), event(0, 'a', 5n), ...others]],
  ['an event is in the future', [start, keyspace(1), event(PUT, 'a', 10n), ...others]],
  ['an event is below the floor', [start, keyspace(1), event(PUT, 'a', 2n), ...others]],
  ['events go back', [start, keyspace(1), event(PUT, 'a', 6n), event(PUT, 'b', 5n), ...others]],
  ['what is not there is deleted', [start, keyspace(1), event(DELETE, 'a', 5n), ...others]],
];

describe('what cannot be restored', () => {
  const source = new Replica();
  source.applyAll([
    grant(1),
    txn(put('a', '1', { lease: leaseId(1n) }), put('b', '2', { keyspace: 'catalog' })),
    { kind: 'txn', txn: { success: [put('a', '3')] }, idempotency: { session: sessionId(9n), sequence: 1 } },
    {
      kind: 'txn',
      txn: { success: [{ ...put('z', ''), value: 'keep' }] },
      idempotency: { session: sessionId(9n), sequence: 2 },
    },
    txn(del('a'), put('c', '4', { keyspace: 'system' })),
    { kind: 'compact', keyspace: 'user', revision: revision(3) },
  ]);
  const whole = source.snapshot();

  /** @returns the code it was refused with; nothing has changed then */
  async function refusal(bytes: Uint8Array): Promise<string> {
    const one = new Replica();
    one.apply(txn(put('mine', '1')));
    const before = one.snapshot();
    try {
      await one.machine.restore(inSlices([bytes]));
    } catch (error) {
      expect(one.snapshot()).toEqual(before);
      if (error instanceof PortolanError) return error.code;
      throw error;
    }
    return 'restored';
  }

  it('is a snapshot in which any byte is another, or missing', async () => {
    expect(await refusal(whole)).toBe('restored');
    const codes = new Set<string>();
    for (let index = 0; index < whole.length; index += 1) {
      for (const flip of [1, 2, 0x80, 0xff]) {
        const damaged = Uint8Array.from(whole);
        damaged[index] = whole.readUInt8(index) ^ flip;
        codes.add(await refusal(damaged));
      }
      codes.add(await refusal(whole.subarray(0, index)));
      codes.add(await refusal(Buffer.concat([whole.subarray(0, index), whole.subarray(index + 1)])));
    }
    expect([...codes].sort()).toEqual(['KV_MALFORMED_SNAPSHOT', 'KV_UNKNOWN_SNAPSHOT']);
  });

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a text', Buffer.from('hello, world')],
    ['two snapshots', Buffer.concat([whole, whole])],
    ['a snapshot and one byte more', Buffer.concat([whole, Buffer.of(0)])],
    ['one without its end', whole.subarray(0, -13)],
  ])('is %s', async (_what, bytes) => {
    expect(await refusal(bytes)).toBe('KV_MALFORMED_SNAPSHOT');
  });

  it('is a snapshot of a later format, and says which', async () => {
    const later = new SliceWriter();
    later.write({ $case: 'start', value: { ...plainStart, format: 3 } }, 0);
    const restoring = new Replica().machine.restore(inSlices(later.take()));
    await expect(restoring).rejects.toMatchObject({
      code: 'KV_UNKNOWN_SNAPSHOT',
      context: { format: 3, formatMax: 2 },
    });
  });

  it.each(MAKES_NO_SENSE)('is one in which %s', async (_what, records) => {
    const writer = new SliceWriter();
    for (const record of records) writer.write(record, 0);
    const bytes = Buffer.concat([...writer.take(), ...writer.end()]);
    expect(await refusal(bytes)).toBe('KV_MALFORMED_SNAPSHOT');
  });

  it('is an older state than what readers have seen', async () => {
    const one = await source.restored();
    const older = [...one.machine.snapshot()];
    one.apply(txn(put('a', 'new')));
    await expect(one.machine.restore(inSlices(older))).rejects.toBeInstanceOf(StaleSnapshotError);
    expect(one.machine.revision).toBe(source.machine.revision + 1);
  });

  it('is anything while entries are applied, or a second one at once', async () => {
    const one = new Replica();
    const gate = Promise.withResolvers<undefined>();
    const restoring = one.machine.restore(
      (async function* () {
        await gate.promise;
        yield whole;
      })(),
    );
    expect(() => one.apply(txn(put('a', '1')))).toThrow(AssertionError);
    await expect(one.machine.restore(inSlices([whole]))).rejects.toBeInstanceOf(AssertionError);
    gate.resolve(undefined);
    await restoring;
    expect(one.snapshot()).toEqual(whole);
  });
});
