import { KEYSPACES, leaseId } from '../ids.ts';
import type { Alarm } from '../kv-admin.ts';
import { FIRST_LIMITS } from '../limits.ts';
import { Replica } from '../testing/replica.ts';
import { del, get, put } from '../testing/shorthand.ts';
import type { Operation } from '../txn-request.ts';
import { ALARMS_MAX, distinctAlarms } from './alarms.ts';
import type { Command } from './command.ts';
import { COMMAND_FORMAT } from './command-format.ts';

const txn = (...success: readonly Operation[]): Command => ({ kind: 'txn', txn: { success }, idempotency: undefined });
const grant = (id: number, keyspace?: 'catalog' | 'system'): Command => ({
  kind: 'grant',
  id: leaseId(BigInt(id)),
  ttlSeconds: 10,
  ...(keyspace !== undefined && { keyspace }),
});
const expire = ({ machine }: Replica, id: number): Command => {
  const lease = leaseId(BigInt(id));
  return { kind: 'expire', term: 1, leases: [{ id: lease, grantedAt: machine.leases.get(lease)?.grantedAt ?? 0 }] };
};
const noSpace = (memberId: bigint, keyspace: Alarm['keyspace']): Alarm => ({ kind: 'no-space', memberId, keyspace });
const corrupt = (memberId: bigint): Alarm => ({ kind: 'corrupt', memberId, keyspace: undefined });
const raise = (alarm: Alarm): Command => ({ kind: 'raise-alarm', alarm });
const disarm = (alarm: Alarm): Command => ({ kind: 'disarm-alarm', alarm });

function active(limits = {}): Replica {
  const one = new Replica(limits);
  one.apply({ kind: 'activate', format: COMMAND_FORMAT });
  return one;
}

/** What each of these comes to. */
function outcomes(one: Replica, ...commands: readonly Command[]): readonly string[] {
  return one.applyAll(commands).map((applied) => (applied.kind === 'refused' ? applied.error.code : applied.kind));
}

describe('the alarm no-space', () => {
  it('is raised by the write that would go beyond the quota, and stays until it is disarmed', () => {
    const one = active({ quotaBytes: 10 });
    one.apply(txn(put('a', '12345'), put('b', '123')));
    expect(one.machine.alarms).toEqual([]);
    const full = 'KV_QUOTA_EXCEEDED';
    expect(outcomes(one, txn(put('c', '1')), txn(put('a', '1')), txn(del('a')), txn(put('a', '1')))).toEqual([
      full,
      full,
      'txn',
      full,
    ]);
    expect(one.machine.alarms).toEqual([noSpace(0n, 'user')]);
    expect(outcomes(one, disarm(noSpace(0n, 'user')), txn(put('a', '1')))).toEqual(['done', 'txn']);
    expect(outcomes(one, txn(put('c', '123456789')), txn(put('a', '2')))).toEqual([full, full]);
  });

  it('refuses puts and grants of its keyspace, and nothing else', () => {
    const one = active();
    one.applyAll([grant(1), grant(2), txn(put('a', '1', { lease: leaseId(1n) })), txn(put('b', '1'))]);
    const others: readonly Command[] = [
      txn(get('a')),
      txn(del('b')),
      txn(put('c', '1', { keyspace: 'catalog' })),
      txn(put('c', '1', { keyspace: 'system' })),
      grant(3, 'catalog'),
      { kind: 'compact', keyspace: 'user', revision: one.machine.revision },
      { kind: 'revoke', id: leaseId(2n) },
      expire(one, 1),
    ];
    one.apply(raise(noSpace(7n, 'user')));
    expect(outcomes(one, ...others)).not.toContain('KV_QUOTA_EXCEEDED');
    expect(one.machine.leases.ids()).toEqual([3n]);
    expect(one.machine.keyspaces.user.keys).toBe(0);
    expect(outcomes(one, grant(4), txn(put('a', '1')))).toEqual(['KV_QUOTA_EXCEEDED', 'KV_QUOTA_EXCEEDED']);
  });

  it('of no keyspace is of all', () => {
    const one = active();
    one.apply(raise(noSpace(7n, undefined)));
    for (const keyspace of KEYSPACES)
      expect(outcomes(one, txn(put('a', '1', { keyspace })))).toEqual(['KV_QUOTA_EXCEEDED']);
  });

  it('is by the quota of its keyspace: nobody takes the room of another', () => {
    const one = active();
    const limits = { ...FIRST_LIMITS, quotaBytes: 3, catalogQuotaBytes: 5, systemQuotaBytes: 7 };
    one.apply({ kind: 'limit', limits });
    const sizes = KEYSPACES.map((keyspace) => {
      let size = 0;
      while (outcomes(one, txn(put('a', '1'.repeat(size), { keyspace })))[0] === 'txn') size += 1;
      return size;
    });
    expect(sizes).toEqual([3, 5, 7]);
    expect(one.machine.alarms).toEqual(KEYSPACES.map((keyspace) => noSpace(0n, keyspace)));
  });

  it('is not raised while a member may be too old to know it', () => {
    const one = new Replica({ quotaBytes: 2 });
    expect(outcomes(one, txn(put('a', '12')), txn(put('a', '1')))).toEqual(['KV_QUOTA_EXCEEDED', 'txn']);
    expect(outcomes(one, raise(corrupt(1n)), grant(1, 'system'))).toEqual([
      'KV_FORMAT_NOT_ACTIVE',
      'KV_FORMAT_NOT_ACTIVE',
    ]);
    expect(one.machine.alarms).toEqual([]);
  });
});

describe('leases', () => {
  it('of which applications take all they can leave some to services', () => {
    const one = active({ leasesMax: 16 });
    const ids = Array.from({ length: 16 }, (_, index) => index + 1);
    expect(outcomes(one, ...ids.map((id) => grant(id))).filter((outcome) => outcome === 'done')).toHaveLength(14);
    expect(outcomes(one, grant(20, 'catalog'), grant(21, 'system'), grant(22, 'catalog'))).toEqual([
      'done',
      'done',
      'KV_TOO_MANY_LEASES',
    ]);
  });
});

describe('the alarm corrupt', () => {
  it('refuses every write, and no read', () => {
    const one = active();
    one.applyAll([grant(1), txn(put('a', '1', { lease: leaseId(1n) })), txn(put('a', '2'))]);
    const before = one.machine.revision;
    one.apply(raise(corrupt(2n)));
    const writes: readonly Command[] = [
      txn(put('a', '3')),
      txn(del('a')),
      grant(2),
      { kind: 'revoke', id: leaseId(1n) },
      expire(one, 1),
      { kind: 'compact', keyspace: 'user', revision: before },
    ];
    expect(new Set(outcomes(one, ...writes))).toEqual(new Set(['KV_CORRUPT']));
    expect(outcomes(one, txn(get('a')))).toEqual(['txn']);
    expect(one.machine.revision).toBe(before);
    expect(one.machine.keyspaces.user.floor).toBe(1);
    expect(outcomes(one, disarm(corrupt(2n)), txn(put('a', '3')))).toEqual(['done', 'txn']);
  });
});

describe('alarms', () => {
  it('are raised once, disarmed one by one, or those of all members and keyspaces at once', () => {
    const one = active();
    const all = [corrupt(1n), corrupt(2n), noSpace(1n, 'user'), noSpace(2n, 'catalog'), noSpace(0n, 'user')];
    for (const alarm of [...all, ...all]) one.apply(raise(alarm));
    expect(one.machine.alarms).toEqual(all);
    one.apply(disarm(corrupt(3n)));
    one.apply(disarm(corrupt(2n)));
    expect(one.machine.alarms).toEqual(all.filter((alarm) => alarm !== all[1]));
    one.apply(disarm(noSpace(0n, 'user')));
    expect(one.machine.alarms).toEqual([all[0], all[3]]);
    one.apply(disarm(noSpace(0n, undefined)));
    expect(one.machine.alarms).toEqual([all[0]]);
  });

  it('are bounded', () => {
    const one = active();
    for (let member = 1; member <= ALARMS_MAX; member += 1) one.apply(raise(corrupt(BigInt(member))));
    expect(outcomes(one, raise(corrupt(999n)), raise(corrupt(1n)))).toEqual(['KV_TOO_MANY_ALARMS', 'done']);
  });

  it('of a snapshot that has one twice are each once', () => {
    const [one, other] = [corrupt(1n), noSpace(1n, 'user')];
    expect(distinctAlarms([one, other, corrupt(1n), noSpace(1n, undefined), other])).toEqual([
      one,
      other,
      noSpace(1n, undefined),
    ]);
  });

  it('and the format are in the snapshot, and so in the hash', async () => {
    const one = active();
    const before = one.snapshot();
    one.apply(raise(noSpace(3n, 'catalog')));
    const other = await one.restored();
    expect(other.machine.alarms).toEqual([noSpace(3n, 'catalog')]);
    expect(other.machine.format).toBe(COMMAND_FORMAT);
    expect(other.snapshot()).toEqual(one.snapshot());
    expect(one.snapshot()).not.toEqual(before);
  });
});
