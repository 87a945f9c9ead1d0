import {
  encodeCommand,
  keyOf,
  keysWithPrefix,
  leaseId,
  revision,
  sessionId,
  type Applied,
  type Command,
} from '@portolan/kv';
import { memberId } from '@portolan/raft';
import type { CommittedCommand } from '@portolan/raft-driver';
import { Chronicle, ONE_LOG, ONE_MACHINE, type Happening } from './chronicle.ts';
import { bytesOf } from './operations.ts';

const [one, two] = [memberId(1n), memberId(2n)];
const ALL = keysWithPrefix(keyOf(''));

const put = (key: string, value: string, extras: { lease?: bigint; sequence?: number } = {}): Command => {
  const { lease, sequence } = extras;
  const leased = lease === undefined ? {} : { lease: leaseId(lease) };
  return {
    kind: 'txn',
    txn: { success: [{ kind: 'put', keyspace: 'user', key: keyOf(key), value: bytesOf(value), ...leased }] },
    idempotency: sequence === undefined ? undefined : { session: sessionId(1n), sequence },
  };
};
const entry = (index: number, command: Command, term = 1): CommittedCommand => ({
  index,
  term,
  data: encodeCommand(command),
});
const written = (at: number): Applied => ({
  kind: 'txn',
  revision: revision(at),
  answer: { succeeded: true, results: [{ kind: 'put', previous: undefined }] },
});
const done = (at: number): Applied => ({ kind: 'done', revision: revision(at) });

function chronicle(): { readonly chronicle: Chronicle; readonly happenings: Happening[] } {
  const happenings: Happening[] = [];
  return { happenings, chronicle: new Chronicle((happening) => happenings.push(happening)) };
}

describe('Chronicle', () => {
  it('remembers every state, and what made it', () => {
    const { chronicle: truth, happenings } = chronicle();
    truth.applied(one, entry(1, put('a', '1')), written(2));
    truth.applied(one, entry(3, put('a', '2')), written(3));
    truth.applied(one, entry(4, { kind: 'compact', keyspace: 'user', revision: revision(3) }), done(3));
    expect(truth.floor).toBe(3);
    expect(truth.keysAt(revision(2), ALL)).toMatchObject([{ key: 'a', value: '1', version: 1 }]);
    expect(truth.keysAt(revision(4), ALL)).toBeUndefined();
    expect(truth.truth).toEqual([
      { revision: 2, changes: [{ key: 'a', value: '1' }] },
      { revision: 3, changes: [{ key: 'a', value: '2' }] },
    ]);
    expect(happenings.map(({ kind }) => kind)).toEqual(['written', 'written', 'compacted']);
  });

  it('tells of leases, of expiries that are void, and of retries, once', () => {
    const { chronicle: truth, happenings } = chronicle();
    const expire = (term: number): Command => ({ kind: 'expire', term, leases: [{ id: leaseId(5n), grantedAt: 1 }] });
    for (const id of [one, two]) {
      truth.applied(id, entry(1, { kind: 'grant', id: leaseId(5n), ttlSeconds: 2 }), done(1));
      truth.applied(id, entry(2, put('a', '1', { lease: 5n, sequence: 1 })), written(2));
      truth.applied(id, entry(3, put('a', '1', { lease: 5n, sequence: 1 }), 2), written(2));
      truth.applied(id, entry(4, expire(1), 2), done(2));
      truth.applied(id, entry(5, expire(2), 2), done(3));
    }
    expect(happenings.map(({ kind }) => kind)).toEqual(['granted', 'written', 'retried', 'void', 'expired']);
    expect(truth.truth.at(-1)).toEqual({ revision: 3, changes: [{ key: 'a', value: undefined }] });
  });

  it.each<[string, string, (truth: Chronicle) => void]>([
    [
      'a member that applies a retry',
      ONE_MACHINE,
      (truth) => {
        truth.applied(one, entry(1, put('a', '1', { sequence: 1 })), written(2));
        truth.applied(one, entry(2, put('a', '1', { sequence: 1 })), written(3));
      },
    ],
    [
      'a member that comes to something else than others',
      ONE_MACHINE,
      (truth) => {
        truth.applied(one, entry(1, put('a', '1')), written(2));
        truth.applied(two, entry(1, put('a', '1')), written(3));
      },
    ],
    [
      'a member with another entry',
      ONE_LOG,
      (truth) => {
        truth.applied(one, entry(1, put('a', '1')), written(2));
        truth.applied(two, entry(1, put('a', '2')), written(2));
      },
    ],
    [
      'a member with an entry that the others skipped',
      ONE_LOG,
      (truth) => {
        truth.applied(one, entry(2, put('a', '1')), written(2));
        truth.applied(two, entry(1, put('a', '1')), written(2));
      },
    ],
  ])('finds %s', (_what, property, apply) => {
    const { chronicle: truth } = chronicle();
    expect(() => {
      apply(truth);
    }).toThrow(property);
  });
});
