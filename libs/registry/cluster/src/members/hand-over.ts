import { PortolanError } from '@portolan/kernel';
import type { Member } from '../open-member.ts';
import type { LeaderAdmin } from './leader-admin.ts';

/** A leader that ends says so first: nobody has to wait for an election timeout. */
export async function handOver(
  leaderAdmin: Pick<LeaderAdmin, 'successor' | 'transfer'>,
  { raft, membership }: Pick<Member, 'raft' | 'membership'>,
  withinMs: number,
): Promise<void> {
  if (raft.leadership.leader !== membership.memberId) return;
  const successor = leaderAdmin.successor();
  if (successor === undefined) return;
  try {
    await leaderAdmin.transfer(successor, withinMs);
  } catch (error) {
    // It ends all the same, and the others elect one after their timeout.
    if (!(error instanceof PortolanError)) throw error;
  }
}
