import type { MemberId } from '@portolan/raft';
import type { Running } from '@portolan/raft-driver/testing';
import type { RegisterOutput } from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import type { RegisterCluster } from './register-clients.ts';
import { encode, type RegisterMachine } from './register-machine.ts';

export const HUNG_DISK = 'Hung disk';

/** One to notice that nothing is written, two in which the others miss it, and some for votes that are split. */
const ELECTION_TIMEOUTS = 10;

export interface HangLeaderOptions {
  readonly cluster: RegisterCluster;
  /** Never starts again. */
  readonly damaged: ReadonlySet<MemberId>;
  readonly electionTimeoutMs: number;
  /** The world goes on for so long. */
  readonly advance: (ms: number) => Promise<void>;
}

/**
 * In a cluster that nothing is wrong with, the disk of the leader hangs while there is something to write. A leader that can write nothing
 * must not keep the others from electing one that can: within bounded time another leads.
 * @returns whether there was another that could lead
 * @throws Violation
 */
export async function hangLeader(options: HangLeaderOptions): Promise<boolean> {
  const { cluster, electionTimeoutMs, advance } = options;
  const { leader } = cluster;
  if (leader === undefined || !isDispensable(options, leader)) return false;
  const { id, term } = leader.member.status;
  const { drive } = cluster.host(id);
  drive.setFaults({ isHung: true });
  leader.life.run(() => {
    // Whatever becomes of it, nobody waits for it.
    void Promise.allSettled([
      leader.member.propose(encode({ kind: 'write', key: 'a', value: 'written to a disk that hangs' })),
    ]);
  });
  const withinMs = ELECTION_TIMEOUTS * electionTimeoutMs;
  await advance(withinMs);
  drive.setFaults({ isHung: false });
  const now = cluster.leader?.member.status;
  if (now !== undefined && now.id !== id && now.term > term) return true;
  throw new Violation(
    HUNG_DISK,
    `the disk of ${id}, leader of term ${term}, has hung for ${withinMs} ms, and no other leads`,
  );
}

/** The others have a majority without it. */
function isDispensable(
  { cluster, damaged }: HangLeaderOptions,
  { member }: Running<RegisterOutput, RegisterMachine>,
): boolean {
  const { id, configuration } = member.status;
  const able = configuration.voters.filter(
    (voter) => voter !== id && !damaged.has(voter) && cluster.running.has(voter),
  );
  return able.length * 2 > configuration.voters.length;
}
