import fc from 'fast-check';
import { leaseId, sessionId } from '../ids.ts';
import type { Key } from '../key.ts';
import type { Command } from '../machine/command.ts';
import { ANYTHING } from '../testing/arbitraries.ts';
import { plain } from '../testing/comparison.ts';
import { del, put } from '../testing/shorthand.ts';
import type { Idempotency, PutOperation } from '../txn-request.ts';
import { decodeCommand, encodeCommand } from './command-codec.ts';
import { EntryWriter } from './entry-writer.ts';

const commandOf = (operation: PutOperation): Command => ({
  kind: 'txn',
  txn: { success: [operation] },
  idempotency: undefined,
});

const aPut: fc.Arbitrary<PutOperation> = fc.record(
  {
    kind: fc.constant('put' as const),
    keyspace: ANYTHING.keyspace,
    key: ANYTHING.key,
    value: fc.oneof(ANYTHING.value, fc.constant('keep' as const), fc.uint8Array({ minLength: 100, maxLength: 20_000 })),
    lease: fc.oneof(ANYTHING.leaseId, fc.constant('keep' as const), fc.constant(leaseId(0n))),
    previous: fc.boolean(),
  },
  { requiredKeys: ['kind', 'keyspace', 'key', 'value'] },
);

const anIdempotency: fc.Arbitrary<Idempotency> = fc.record({
  session: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(sessionId),
  sequence: fc.oneof(fc.nat(), fc.maxSafeNat()),
});

describe('an entry of puts', () => {
  it('has the bytes that every other command would have, and is what they are read as', () => {
    const writer = new EntryWriter();
    const puts = fc.array(aPut, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(puts, fc.option(anIdempotency, { nil: undefined }), (success, idempotency) => {
        const asked: Command = { kind: 'txn', txn: { success }, idempotency };
        const { data, command } = writer.write(asked);
        expect(Buffer.from(data).toString('hex')).toBe(Buffer.from(encodeCommand(asked)).toString('hex'));
        expect(plain(command)).toEqual(plain(decodeCommand(data)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([1n, 127n, 128n, 2n ** 32n, 2n ** 62n, 2n ** 63n - 1n])('has the lease %d', (id) => {
    const { data, command } = new EntryWriter().write(commandOf(put('a', '1', { lease: leaseId(id) })));
    expect(plain(command)).toEqual(plain(decodeCommand(data)));
    expect(command).toMatchObject({ txn: { success: [{ lease: id }] } });
  });

  it.each([0, 1, 16, 120, 128, 4_000, 4_096, 70_000])('has a value of %i bytes', (length) => {
    const value = Buffer.alloc(length, 'v');
    const { data, command } = new EntryWriter().write(commandOf({ ...put('a', ''), value }));
    expect(plain(command)).toEqual(plain(decodeCommand(data)));
  });

  it('has the key that others read, when it is none', () => {
    const { data, command } = new EntryWriter().write(commandOf({ ...put('', '1'), key: 'Ā€' as Key }));
    expect(plain(command)).toEqual(plain(decodeCommand(data)));
  });
});

describe('what is written', () => {
  it('shares no bytes with what it was made of, nor with what was written before', () => {
    const writer = new EntryWriter();
    const value = Buffer.from('before');
    const first = writer.write(commandOf({ ...put('a', ''), value }));
    const bytes = Buffer.from(first.data);
    value.fill('x');
    const second = writer.write(commandOf(put('b', 'after')));
    expect(Buffer.from(first.data)).toEqual(bytes);
    first.data.fill(0);
    second.data.fill(0);
    expect(plain(first.command)).toMatchObject({ txn: { success: [{ value: 'before' }] } });
    expect(plain(second.command)).toMatchObject({ txn: { success: [{ value: 'after' }] } });
  });

  it('can be more than puts', () => {
    const command: Command = { kind: 'txn', txn: { success: [put('a', '1'), del('b')] }, idempotency: undefined };
    const written = new EntryWriter().write(command);
    expect(written.data).toEqual(encodeCommand(command));
    expect(plain(written.command)).toEqual(plain(decodeCommand(written.data)));
  });

  it('is nothing that cannot be read', () => {
    const command = commandOf(put('a', '1', { lease: leaseId(2n ** 64n) }));
    expect(() => new EntryWriter().write(command)).toThrow(/too large/);
  });
});
