import type * as proto from '@portolan/contracts/cluster';
import { memberId } from '@portolan/raft';
import type { Membership } from '../folder/member-file.ts';

/** What a process says of itself to whoever may become, or is, a member with it. */
export interface Introduction {
  readonly name: string;
  readonly nonce: bigint;
  /** `host:port`, where it is reached. */
  readonly peerAddress: string;
  /** Those it is to found a cluster with, itself among them. */
  readonly peers: readonly string[];
  /** Absent: it has no data yet. */
  readonly membership: Membership | undefined;
}

export function encodeIntroduction(introduction: Introduction): proto.IntroduceResponse {
  const { membership, peers, ...rest } = introduction;
  return {
    ...rest,
    peers,
    membership: membership && {
      ...membership,
      founders: membership.founders.map((founder) => ({ ...founder, peerAddress: founder.peerAddress ?? '' })),
    },
  };
}

export function decodeIntroduction({ membership, ...rest }: proto.IntroduceResponse): Introduction {
  if (membership === undefined) return { ...rest, membership };
  const founders = membership.founders.map(({ id, name, peerAddress }) => ({
    id: memberId(id),
    name,
    peerAddress: peerAddress === '' ? undefined : peerAddress,
  }));
  const { clusterId, generation, memberId: member } = membership;
  return { ...rest, membership: { clusterId, generation, memberId: memberId(member), founders } };
}
