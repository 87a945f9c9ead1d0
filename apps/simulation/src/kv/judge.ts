import type { KvCluster } from '@portolan/kv/testing';
import { isJoint, type MemberId } from '@portolan/raft';
import {
  checkLinearizable,
  checkWatches,
  kvModel,
  withExpiries,
  type KvInput,
  type KvOutput,
  type RecordedOperation,
  type TrueRevision,
  type WatchedStream,
} from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import type { Evidence } from './evidence.ts';

export const LIVENESS = 'Liveness';
export const LINEARIZABILITY = 'Linearizability';
export const LEASES_END = 'A lease that nobody keeps alive ends';

/** After the faults. @returns who is a member in the end @throws Violation unless the cluster works again, and its members agree */
export function judgeCluster(cluster: KvCluster): readonly MemberId[] {
  const { leader } = cluster.raft;
  if (leader === undefined) throw new Violation(LIVENESS, 'nobody leads, though all has been well for long');
  const { configuration, committed, id: leaderId } = leader.member.status;
  if (isJoint(configuration)) throw new Violation(LIVENESS, 'a change of members has not ended');
  const members = [...configuration.voters, ...configuration.learners];
  const expected = cluster.storeOf(leaderId)?.hash();
  for (const id of members) {
    const hash = cluster.storeOf(id)?.hash();
    const isSame = hash?.sha256 === expected?.sha256 && hash?.index === expected?.index;
    if (isSame && cluster.raft.running.get(id)?.member.status.committed === committed) continue;
    throw new Violation(LIVENESS, `member ${id} has not what its leader has, though all has been well for long`);
  }
  return members;
}

/** @param living leases that nobody has kept alive for more than any of them has */
export function judgeLeases(living: readonly string[]): void {
  if (living.length === 0) return;
  throw new Violation(LEASES_END, `${living.join(', ')} live on, though nobody has asked for it for long`);
}

/** @param fastestRate of the clocks of those who judge leases, against the world's */
export function judgeHistory(
  operations: readonly RecordedOperation<KvInput, KvOutput>[],
  evidence: Evidence,
  fastestRate: number,
): void {
  const narrowed = evidence.narrowed(withExpiries(evidence.traced(operations), fastestRate));
  const verdict = checkLinearizable(kvModel('dense'), narrowed);
  if (verdict.kind === 'undecided') {
    throw new Violation('Decidability', 'the history is too hard to check: fewer clients, or a shorter world');
  }
  if (verdict.kind === 'not linearizable') throw new Violation(LINEARIZABILITY, `\n${verdict.explain()}`);
}

export function judgeWatches(truth: readonly TrueRevision[], streams: readonly WatchedStream[]): void {
  const [first] = checkWatches(truth, streams);
  if (first === undefined) return;
  throw new Violation(`Watch: ${first.guarantee}`, `at ${first.watcher}, ${first.what}`);
}
