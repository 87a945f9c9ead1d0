import type { ClusterMember } from '@portolan/kv';
import { membersOf, type Configuration } from '@portolan/raft';
import type { Founder } from '../folder/member-file.ts';
import type { KnownRecords } from './member-records.ts';

/** Who the members are, by id: the log says who takes part, the store how they are reached. */
export function membersNow(
  configuration: Configuration,
  { members }: Pick<KnownRecords, 'members'>,
  founders: readonly Founder[],
): readonly ClusterMember[] {
  return membersOf(configuration).map((id) => {
    const record = members.get(id);
    const founder = founders.find((one) => one.id === id);
    const address = founder?.peerAddress;
    return {
      id,
      // Of a founder that has not told of itself yet.
      name: record?.name ?? founder?.name ?? '',
      peerAddresses: record?.peerAddresses ?? (address === undefined ? [] : [address]),
      clientAddresses: record?.clientAddresses ?? [],
      etcdUrls: record?.etcdUrls ?? [],
      isLearner: !configuration.voters.includes(id),
    };
  });
}
