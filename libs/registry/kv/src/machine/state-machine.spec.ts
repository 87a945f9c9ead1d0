import { AssertionError, createSeededRng } from '@portolan/kernel';
import { leaseId, sessionId } from '../ids.ts';
import { Replica } from '../testing/replica.ts';
import { del, put } from '../testing/shorthand.ts';
import type { Operation } from '../txn-request.ts';
import type { Command } from './command.ts';

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });
const once = (session: number, sequence: number, ...success: readonly Operation[]): Command => ({
  kind: 'txn',
  txn: { success },
  idempotency: { session: sessionId(BigInt(session)), sequence },
});
const grant = (id: number): Command => ({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });
const expire = (term: number, id: number, grantedAt: number): Command => ({
  kind: 'expire',
  term,
  leases: [{ id: leaseId(BigInt(id)), grantedAt }],
});

describe('the state machine', () => {
  it('is a pure function of its log', () => {
    const rng = createSeededRng(7);
    const name = (): string => 'abcdef'.charAt(rng.below(6));
    const commands = Array.from({ length: 2_000 }, (_, index): Command => {
      switch (rng.below(5)) {
        case 0:
          return txn(del(`${name()}*`));
        case 1:
          return once(1 + rng.below(3), 1 + rng.below(20), put(name(), String(index)));
        case 2:
          return rng.below(2) === 0
            ? grant(1 + rng.below(3))
            : { kind: 'revoke', id: leaseId(BigInt(1 + rng.below(3))) };
        default:
          return txn(
            put(name(), String(index), rng.below(2) === 0 ? {} : { lease: leaseId(BigInt(1 + rng.below(3))) }),
          );
      }
    });
    const [a, b] = [new Replica(), new Replica()];
    expect(commands.map((command) => a.apply(command))).toEqual(commands.map((command) => b.apply(command)));
    expect(a.changes).toEqual(b.changes);
    expect(a.changes.length).toBeGreaterThan(500);
  });

  it('is fed by a log that has entries of its own in between, and never goes back', () => {
    const { machine } = new Replica();
    expect(machine.apply({ index: 3, term: 1, command: grant(1) }).kind).toBe('done');
    expect(machine.apply({ index: 7, term: 2, command: expire(2, 1, 3) }).kind).toBe('done');
    expect(machine.leases.size).toBe(0);
    for (const index of [7, 4]) {
      expect(() => machine.apply({ index, term: 2, command: grant(2) })).toThrow(AssertionError);
    }
  });

  it('lets no expiry through that another term proposed', () => {
    const one = new Replica();
    const { machine } = one;
    one.apply(grant(1));
    one.apply(expire(1, 1, 1), 2);
    expect(machine.leases.size).toBe(1);
    one.apply(expire(2, 1, 1), 2);
    expect(machine.leases.size).toBe(0);
  });

  it('lets no expiry of a lease end the next one with the same id', () => {
    const one = new Replica();
    const { machine } = one;
    one.apply(grant(1));
    one.apply({ kind: 'revoke', id: leaseId(1n) });
    one.apply(grant(1));
    one.apply(expire(1, 1, 1));
    expect(machine.leases.size).toBe(1);
    one.apply(expire(1, 1, 3));
    expect(machine.leases.size).toBe(0);
  });

  it('refuses leases beyond its limit, and takes one again after a revoke', () => {
    const one = new Replica({ leasesMax: 2 });
    expect([1, 2, 3].map((id) => one.apply(grant(id)).kind)).toEqual(['done', 'done', 'refused']);
    expect(one.apply(grant(3))).toMatchObject({ error: { code: 'KV_TOO_MANY_LEASES' } });
    one.apply({ kind: 'revoke', id: leaseId(1n) });
    expect(one.apply(grant(3)).kind).toBe('done');
  });

  it('refuses to grow a keyspace beyond its quota; deletions, smaller values and other keyspaces go on', () => {
    const one = new Replica({ quotaBytes: 10 });
    const { machine } = one;
    one.apply(txn(put('a', '12345'), put('b', '123')));
    expect(machine.keyspaces.user.bytes).toBe(10);
    expect(one.apply(txn(put('a', '1'), put('c', '123456')))).toMatchObject({ error: { code: 'KV_QUOTA_EXCEEDED' } });
    expect(machine.keyspaces.user.bytes).toBe(10);
    expect(one.apply(txn(put('a', '1234'))).kind).toBe('txn');
    expect(one.apply(txn(put('c', '1', { keyspace: 'catalog' }))).kind).toBe('txn');
    expect(one.apply(txn(del('b'), put('c', '1234'))).kind).toBe('txn');
    expect(machine.keyspaces.user.bytes).toBe(10);
  });

  it('keeps what is there when its limits fall below it', () => {
    const one = new Replica();
    one.applyAll([grant(1), grant(2), txn(put('a', '12345')), once(1, 1), once(2, 1)]);
    one.apply({ kind: 'limit', limits: { leasesMax: 1, quotaBytes: 3, sessionsMax: 1, sessionBytesMax: 1_000 } });
    expect(one.machine.leases.size).toBe(2);
    expect(one.apply(txn(put('b', '1')))).toMatchObject({ error: { code: 'KV_QUOTA_EXCEEDED' } });
    expect(one.apply(txn(put('a', '1234'))).kind).toBe('txn');
    expect(one.apply(once(2, 2)).kind).toBe('txn');
    expect(one.apply(once(1, 2))).toMatchObject({ error: { code: 'KV_SESSION_EXPIRED' } });
  });

  it('forgets the session that has been silent for longest', () => {
    const one = new Replica({ sessionsMax: 2 });
    one.apply(once(1, 1));
    one.apply(once(2, 1));
    one.apply(once(1, 2));
    one.apply(once(3, 1));
    expect(one.apply(once(2, 2))).toMatchObject({ error: { code: 'KV_SESSION_EXPIRED' } });
    expect(one.apply(once(1, 3)).kind).toBe('txn');
  });

  it('forgets sessions when their results are too large, but never the one that just spoke', () => {
    const one = new Replica({ sessionBytesMax: 1_000 });
    one.apply(txn({ ...put('a', ''), value: new Uint8Array(600) }));
    const read: Operation = {
      kind: 'delete',
      keyspace: 'user',
      keys: { kind: 'one', key: put('a', '').key },
      previous: true,
    };
    one.apply(once(1, 1));
    one.apply(once(2, 1, read));
    one.apply(txn({ ...put('a', ''), value: new Uint8Array(2_000) }));
    one.apply(once(3, 1, read));
    expect(one.apply(once(1, 2))).toMatchObject({ error: { code: 'KV_SESSION_EXPIRED' } });
    expect(one.apply(once(2, 2))).toMatchObject({ error: { code: 'KV_SESSION_EXPIRED' } });
    expect(one.apply(once(3, 1))).toMatchObject({ kind: 'txn', answer: { results: [{ deleted: 1 }] } });
  });
});
