import { createSeededRng } from '@portolan/kernel';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leaseId, revision, sessionId } from '../ids.ts';
import { SNAPSHOT_SLICE_BYTES_MAX } from '../limits.ts';
import type { Command } from '../machine/command.ts';
import { aCommand } from '../testing/arbitraries.ts';
import { inSlices, Replica } from '../testing/replica.ts';
import { del, get, put } from '../testing/shorthand.ts';
import type { Operation } from '../txn-request.ts';
import { hashSlices } from './hash-slices.ts';

const commands = fc.array(aCommand, { maxLength: 120, size: 'max' });

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });
const grant = (id: number): Command => ({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });

/** Leaves records of every kind behind. */
const ONE_OF_EACH: readonly Command[] = [
  { kind: 'limit', limits: { leasesMax: 5, quotaBytes: 1_000, sessionsMax: 6, sessionBytesMax: 2_000 } },
  grant(1),
  txn(put('a', '1', { lease: leaseId(1n) }), put('b', '2', { keyspace: 'catalog' })),
  {
    kind: 'txn',
    txn: { success: [put('a', '3', { previous: true }), get('*')] },
    idempotency: { session: sessionId(9n), sequence: 1 },
  },
  {
    kind: 'txn',
    txn: { success: [{ ...put('z', ''), value: 'keep' }] },
    idempotency: { session: sessionId(9n), sequence: 2 },
  },
  txn(del('a'), put('c', '4', { keyspace: 'system', lease: leaseId(1n) })),
  txn(put('d', '5')),
  { kind: 'compact', keyspace: 'user', revision: revision(4) },
];

const OF_FORMAT_2: readonly Command[] = [
  { kind: 'activate', format: 2 },
  {
    kind: 'limit',
    limits: {
      leasesMax: 5,
      quotaBytes: 1,
      sessionsMax: 6,
      sessionBytesMax: 7,
      catalogQuotaBytes: 8,
      systemQuotaBytes: 9,
    },
  },
  { kind: 'raise-alarm', alarm: { kind: 'corrupt', memberId: 3n, keyspace: undefined } },
  { kind: 'disarm-alarm', alarm: { kind: 'corrupt', memberId: 3n, keyspace: undefined } },
  { kind: 'raise-alarm', alarm: { kind: 'no-space', memberId: 0n, keyspace: 'catalog' } },
];

describe('a snapshot', () => {
  it('stays what the state was when it was taken, however much is applied while it is read', () => {
    const rng = createSeededRng(11);
    const one = new Replica();
    const value = (): Uint8Array => new Uint8Array(1 + rng.below(60_000)).fill(rng.below(256));
    let sequence = 0;
    const step = (): Command => {
      const key = `k${String(rng.below(60))}`;
      switch (rng.below(8)) {
        case 0:
          return txn(del(`${key}*`));
        case 1:
          return { kind: 'compact', keyspace: 'user', revision: revision(Math.max(1, one.machine.revision - 20)) };
        case 2:
          return grant(1 + rng.below(5));
        case 3:
          return { kind: 'revoke', id: leaseId(BigInt(1 + rng.below(5))) };
        case 4:
          sequence += 1;
          return {
            kind: 'txn',
            txn: { success: [put(key, 'once', { previous: true })] },
            idempotency: { session: sessionId(1n), sequence },
          };
        default:
          return txn({ ...put(key, ''), value: value() });
      }
    };
    const reading: { readonly whole: Buffer; readonly slices: Iterator<Uint8Array>; readonly read: Uint8Array[] }[] =
      [];
    const compared: number[] = [];
    for (let round = 0; round < 3_000; round += 1) {
      one.apply(step());
      if (round % 50 === 0) {
        reading.push({ whole: one.snapshot(), slices: one.machine.snapshot()[Symbol.iterator](), read: [] });
      }
      const [oldest] = reading;
      if (oldest === undefined || round % 5 !== 0) continue;
      const next = oldest.slices.next();
      if (next.done !== true) {
        oldest.read.push(next.value);
        continue;
      }
      expect(Buffer.concat(oldest.read).equals(oldest.whole)).toBe(true);
      compared.push(oldest.read.length);
      reading.shift();
    }
    // Each slice was made some commands after the one before, and most of the first ones long after the snapshot was taken.
    expect(compared.filter((slices) => slices > 5).length).toBeGreaterThan(10);
  });

  it('has slices of a bounded size, whatever is in it', () => {
    const one = new Replica();
    one.apply(txn({ ...put('large', ''), value: new Uint8Array(1_536 * 1024) }, put('small', '1')));
    for (let index = 0; index < 5_000; index += 1) one.apply(txn(put(String(index), '1'.repeat(200))));
    const lengths = [...one.machine.snapshot()].map(({ length }) => length);
    expect(Math.max(...lengths)).toBe(SNAPSHOT_SLICE_BYTES_MAX);
    expect(lengths.length).toBeGreaterThan(6);
  });

  it('is the same on all members that applied the same, and another as soon as one differs', () => {
    fc.assert(
      fc.property(commands, (history) => {
        const [a, b] = [new Replica(), new Replica()];
        for (const one of [a, b]) one.applyAll(history);
        const before = hashSlices(a.machine.snapshot());
        expect(hashSlices(b.machine.snapshot())).toBe(before);
        expect(before).toMatch(/^[0-9a-f]{64}$/);
        a.apply(txn(put('a', 'left')));
        b.apply(txn(put('a', 'right')));
        expect(hashSlices(a.machine.snapshot())).not.toBe(hashSlices(b.machine.snapshot()));
      }),
    );
  });

  it('is of the machine before, not of one that is being restored', async () => {
    const [source, one] = [new Replica(), new Replica()];
    source.applyAll([txn(put('a', '1')), txn(put('b', '1'))]);
    one.apply(txn(put('old', '1')));
    const before = one.snapshot();
    const slices = [...source.machine.snapshot()];
    await one.machine.restore(
      (async function* () {
        for (const slice of slices) {
          yield slice;
          expect(one.snapshot()).toEqual(before);
        }
      })(),
    );
    expect(one.snapshot()).toEqual(source.snapshot());
  });

  it.each([
    [1, ONE_OF_EACH],
    [2, [...ONE_OF_EACH, ...OF_FORMAT_2]],
  ])('of format %d is still written, and read', async (format, history) => {
    const file = join(import.meta.dirname, `../../testdata/snapshot-format-${String(format)}.hex`);
    const yesterday = Buffer.from((await readFile(file, 'utf8')).replace(/\s/g, ''), 'hex');
    const written = new Replica();
    written.applyAll(history);
    expect(written.snapshot().toString('hex')).toBe(yesterday.toString('hex'));
    const read = new Replica();
    await read.machine.restore(inSlices([yesterday]));
    expect(read.snapshot()).toEqual(yesterday);
  });
});
