import { formatId } from '@portolan/cluster';
import type { GetMemberStatusResponse, Member } from '@portolan/contracts/cluster';
import { columns } from '../inspect/columns.ts';

/** A member, and how it stands as far as the leader knows. */
export interface ReportedMember {
  readonly id: string;
  readonly name: string;
  readonly role: 'leader' | 'voter' | 'learner';
  readonly peerAddresses: readonly string[];
  readonly clientAddresses: readonly string[];
  /** Entries of the leader's log that it is not known to have; undefined when the leader could not be asked. */
  readonly entriesBehind: number | undefined;
  readonly isConnected: boolean | undefined;
}

/** @param leader what the leader says of itself and of those that follow it; undefined: it could not be asked */
export function reportOf(
  members: readonly Member[],
  leaderId: bigint,
  leader: GetMemberStatusResponse | undefined,
): readonly ReportedMember[] {
  return members.map(({ id, name, peerAddresses, clientAddresses, isLearner }) => {
    const follower = leader?.followers.find((one) => one.id === id);
    const isLeader = id === leaderId;
    const behind =
      leader === undefined || follower === undefined ? undefined : leader.committedIndex - follower.matchIndex;
    return {
      id: formatId(id),
      name,
      role: isLeader ? 'leader' : isLearner ? 'learner' : 'voter',
      peerAddresses,
      clientAddresses,
      entriesBehind: isLeader ? 0 : behind === undefined ? undefined : Math.max(0, Number(behind)),
      isConnected: isLeader ? true : follower?.isConnected,
    };
  });
}

const COLUMNS = ['id', 'name', 'role', 'peers at', 'clients at', 'behind', 'connected'] as const;

export function tableOf(members: readonly ReportedMember[]): string {
  const rows = members.map((member) => [
    member.id,
    member.name === '' ? '(not started yet)' : member.name,
    member.role,
    member.peerAddresses.join(','),
    member.clientAddresses.join(','),
    member.entriesBehind === undefined ? '?' : String(member.entriesBehind),
    member.isConnected === undefined ? '?' : member.isConnected ? 'yes' : 'no',
  ]);
  return columns([COLUMNS.map((column) => column.toUpperCase()), ...rows]);
}
