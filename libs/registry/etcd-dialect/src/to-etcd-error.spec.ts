import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { leaseId, LeaseNotFoundError, NotLeaderError, StoreClosedError } from '@portolan/kv';
import { askLeader } from './ask-leader.ts';
import { toEtcdError } from './to-etcd-error.ts';

/** As they come from below the store, or from another member: known by their code alone. */
class FarError extends PortolanError {
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(code: string, kind: ErrorKind) {
    super(code, { fix: 'see there' });
    this.code = code;
    this.kind = kind;
  }
}

const NO_LEADER = new FarError('RAFT_NO_LEADER', 'unavailable');

describe('what etcd calls it', () => {
  it.each<[what: string, error: PortolanError, kind: ErrorKind, text: string]>([
    ['no leader, to who waited for one', NO_LEADER, 'unavailable', 'request timed out'],
    [
      'a write that may have an effect',
      new FarError('RAFT_PROPOSAL_UNKNOWN', 'unavailable'),
      'unavailable',
      'request timed out',
    ],
    [
      'a read that the leader did not confirm',
      new FarError('RAFT_READ_TIMEOUT', 'unavailable'),
      'unavailable',
      'request timed out',
    ],
    [
      'leadership under way to another',
      new FarError('RAFT_TRANSFERRING', 'unavailable'),
      'unavailable',
      'request timed out',
    ],
    ['a log that has ended', new FarError('RAFT_MEMBER_STOPPED', 'unavailable'), 'unavailable', 'server stopped'],
    ['a store that has ended', new StoreClosedError(), 'unavailable', 'server stopped'],
    ['a lease, asked of who does not judge it', new NotLeaderError(undefined), 'unavailable', 'no leader'],
    ['a full log', new FarError('RAFT_OVERLOADED', 'exhausted'), 'exhausted', 'too many requests'],
    [
      'a change that would stop the cluster',
      new FarError('CLUSTER_QUORUM_AT_RISK', 'precondition'),
      'unavailable',
      'unhealthy cluster',
    ],
    ['members that differ', new FarError('KV_CORRUPT', 'precondition'), 'internal', 'corrupt cluster'],
    ['a principal that may not', new FarError('ACCESS_FORBIDDEN', 'forbidden'), 'forbidden', 'permission denied'],
  ])('%s', (_what, error, kind, text) => {
    expect(toEtcdError(error)).toMatchObject({ message: `etcdserver: ${text}`, kind, cause: error });
  });

  it('leaves what is a bug, or has no name there, as it is', () => {
    for (const error of [new TypeError('a bug'), new FarError('KV_FORMAT_NOT_ACTIVE', 'precondition')]) {
      expect(toEtcdError(error)).toBe(error);
    }
  });
});

describe('what only the leader can answer', () => {
  it('says that there is none', async () => {
    await expect(askLeader(Promise.reject(NO_LEADER))).rejects.toMatchObject({ message: 'etcdserver: no leader' });
  });

  it('hands on the rest', async () => {
    const error = new LeaseNotFoundError(leaseId(7n));
    await expect(askLeader(Promise.reject(error))).rejects.toBe(error);
    expect(await askLeader(Promise.resolve(7))).toBe(7);
  });
});
