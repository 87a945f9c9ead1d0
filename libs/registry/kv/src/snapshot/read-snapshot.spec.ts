import { PortolanError } from '@portolan/kernel';
import fc from 'fast-check';
import { KEYSPACES, revision, sessionId, type Revision } from '../ids.ts';
import { KEPT_ANSWER_BYTES_MAX } from '../limits.ts';
import type { Command } from '../machine/command.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import { aCommand, aLimit, anAlarm } from '../testing/arbitraries.ts';
import { plain } from '../testing/comparison.ts';
import { inSlices, Replica } from '../testing/replica.ts';
import { del, get, put } from '../testing/shorthand.ts';
import type { Operation } from '../txn-request.ts';

const commands = fc.array(aCommand, { maxLength: 120, size: 'max' });

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });

/** All kinds of outcomes, so that being the same means something. */
const OUTCOMES = [
  'compact: KV_COMPACTED',
  'compact: KV_FUTURE_REVISION',
  'compact: done',
  'expire: done',
  'grant: KV_LEASE_EXISTS',
  'grant: done',
  'revoke: KV_LEASE_NOT_FOUND',
  'revoke: done',
  'txn: KV_COMPACTED',
  'txn: KV_FUTURE_REVISION',
  'txn: KV_KEY_NOT_FOUND',
  'txn: KV_LEASE_NOT_FOUND',
  'txn: KV_SESSION_EXPIRED',
  'txn: txn',
];

/** All that can be read of a machine, at all revisions, and all that a watch can begin with. */
function everything({ machine }: Replica): unknown {
  const states = KEYSPACES.map((keyspace) => machine.keyspaces[keyspace]);
  const revisions = Array.from({ length: machine.revision }, (_, index) => revision(index + 1));
  return plain({
    index: machine.index,
    revision: machine.revision,
    leases: machine.leases.capture().valuesArray(),
    attached: machine.leases.ids().map((id) => machine.leases.keysOf(id)),
    keyspaces: states.map(({ floor, keys, bytes, current }) => ({ floor, keys, bytes, current: current.toArray() })),
    past: states.map((state) => revisions.map((at) => past(state, at))),
    history: states.map(({ history }) => Array.from(history.capture())),
    historyBytes: states.map(({ history }) => history.bytes),
  });
}

function past(state: KeyspaceState, at: Revision): unknown {
  try {
    return state.view(at).toArray();
  } catch (error) {
    if (error instanceof PortolanError) return error.code;
    throw error;
  }
}

describe('a machine restored from a snapshot', () => {
  it('is the same for every read of the past, every watch and every command that follows', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(commands, commands, async (before, after) => {
        const original = new Replica();
        original.applyAll(before);
        const restored = await original.restored();
        expect(everything(restored)).toEqual(everything(original));
        expect(restored.snapshot()).toEqual(original.snapshot());
        original.changes.length = 0;
        for (const command of after) {
          const applied = original.apply(command);
          expect(plain(restored.apply(command))).toEqual(plain(applied));
          seen.add(`${command.kind}: ${applied.kind === 'refused' ? applied.error.code : applied.kind}`);
        }
        expect(plain(restored.changes)).toEqual(plain(original.changes));
        expect(everything(restored)).toEqual(everything(original));
        expect(restored.snapshot()).toEqual(original.snapshot());
      }),
      // The same every time: which outcomes are seen is expected, and must not be left to chance.
      { numRuns: 150, seed: 3 },
    );
    expect([...seen].sort()).toEqual(expect.arrayContaining(OUTCOMES));
  }, 120_000);

  it('is the same with limits that are reached, and others later, and with alarms', async () => {
    const step = fc.oneof({ weight: 18, arbitrary: aCommand }, { weight: 2, arbitrary: aLimit }, anAlarm);
    const steps = fc.array(step, { maxLength: 120, size: 'max' });
    await fc.assert(
      fc.asyncProperty(aLimit, steps, steps, async (limit, before, after) => {
        const original = new Replica();
        original.applyAll([limit, ...before]);
        const restored = await original.restored();
        expect(plain(restored.applyAll(after))).toEqual(plain(original.applyAll(after)));
        expect(restored.snapshot()).toEqual(original.snapshot());
      }),
    );
  });

  it('answers retries with the first result, what was before included', async () => {
    const original = new Replica();
    const once = (sequence: number, ...success: readonly Operation[]): Command => ({
      kind: 'txn',
      txn: { success },
      idempotency: { session: sessionId(2n ** 64n - 1n), sequence },
    });
    original.applyAll([
      once(1, put('a', '1')),
      once(2, put('a', '2', { previous: true }), get('*'), del('b', { previous: true })),
      once(3, { ...put('c', ''), value: 'keep' }),
    ]);
    const restored = await original.restored();
    for (const sequence of [1, 2, 3]) {
      const retried = once(sequence, put('x', 'x'));
      const applied = original.apply(retried);
      expect(plain(restored.apply(retried))).toEqual(plain(applied));
      expect(applied.revision).toBe(Math.min(3, sequence + 1));
    }
    expect(restored.apply(once(3))).toMatchObject({
      kind: 'refused',
      error: { code: 'KV_KEY_NOT_FOUND', kind: 'precondition', context: { key: 'c' } },
    });
  });

  it('tells retries of an answer that no message carries that it was too large', async () => {
    const original = new Replica();
    const value = new Uint8Array(1024 ** 2);
    for (const key of 'abcde') original.apply(txn({ ...put(key, ''), value }));
    const readAll: Command = {
      kind: 'txn',
      txn: { success: [get('*'), put('f', '1')] },
      idempotency: { session: sessionId(1n), sequence: 1 },
    };
    expect(original.apply(readAll)).toMatchObject({ kind: 'txn', revision: 7 });
    const restored = await original.restored();
    for (const one of [original, restored]) {
      expect(one.apply(readAll)).toMatchObject({
        kind: 'refused',
        revision: 7,
        error: { code: 'KV_RESPONSE_TOO_LARGE', context: { bytesMax: KEPT_ANSWER_BYTES_MAX } },
      });
    }
  });

  it('takes a snapshot cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.array(fc.nat(400)), async (before, cuts) => {
        const original = new Replica();
        original.applyAll(before);
        const bytes = original.snapshot();
        const pieces: Uint8Array[] = [];
        let start = 0;
        for (const length of cuts) {
          pieces.push(bytes.subarray(start, start + length));
          start += length;
        }
        const restored = new Replica();
        await restored.machine.restore(inSlices([...pieces, bytes.subarray(start)]));
        expect(restored.snapshot()).toEqual(bytes);
      }),
    );
  });

  it('shares with the state of before what both have, and puts right what that has wrong', async () => {
    const ahead = new Replica();
    ahead.applyAll([txn(put('a', '1')), txn(put('b', '1'), put('c', '1')), txn(put('b', '2')), txn(put('d', '1'))]);
    ahead.apply({ kind: 'compact', keyspace: 'user', revision: revision(3) });
    const behind = new Replica();
    behind.applyAll([txn(put('a', '1')), txn(put('b', '1'), put('c', 'wrong')), txn(put('b', '2'))]);
    const valueOf = (one: Replica, key: string): Uint8Array | undefined =>
      one.machine.keyspaces.user.current.get(put(key, '').key)?.value;
    const olderOf = (one: Replica): Uint8Array | undefined =>
      one.machine.keyspaces.user.view(revision(3)).get(put('b', '').key)?.value;
    const before = { a: valueOf(behind, 'a'), b: valueOf(behind, 'b'), older: olderOf(behind) };
    await behind.machine.restore(inSlices(ahead.machine.snapshot()));
    expect(behind.snapshot()).toEqual(ahead.snapshot());
    expect(valueOf(behind, 'a')).toBe(before.a);
    expect(valueOf(behind, 'b')).toBe(before.b);
    expect(olderOf(behind)).toBe(before.older);
    expect(Buffer.from(valueOf(behind, 'c') ?? '').toString()).toBe('1');
  });

  it('keeps no slice alive', async () => {
    const original = new Replica();
    original.apply(txn(put('a', 'before')));
    const slices = [...original.machine.snapshot()].map((slice) => Uint8Array.from(slice));
    const restored = new Replica();
    await restored.machine.restore(inSlices(slices));
    for (const slice of slices) slice.fill(0);
    expect(restored.snapshot()).toEqual(original.snapshot());
  });
});
