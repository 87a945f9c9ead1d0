import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import type { Clock } from '@portolan/kernel';
import { HashComparison, MemberNotFoundError, type HashRequest, type KeyspaceHash } from '@portolan/kv';
import { decodeKeyspaceHash, encodeHashRequest } from '@portolan/kv/wire';
import { memberId, membersOf, type MemberId } from '@portolan/raft';
import { createClient, type RpcChannel } from '@portolan/rpc';
import type { Logger } from '@portolan/telemetry';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';
import type { Member } from '../open-member.ts';

/** Reading all that a member has takes a second for a gigabyte; somebody may be doing other things. */
const ANSWER_MS = 30_000;

export interface CompareMembersOptions {
  readonly member: Member;
  readonly channelTo: (id: MemberId) => RpcChannel | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** While this member leads, it sees to it that all hold the same. */
export function compareMembers({ member, channelTo, clock, logger }: CompareMembersOptions): HashComparison {
  const { store, raft, membership } = member;
  return new HashComparison({
    clock,
    memberId: membership.memberId,
    members: () => membersOf(raft.status.configuration),
    revision: async () => (await store.status()).revision,
    leads: () => raft.leadership.isEstablished,
    hashOf: (id, keyspace, revision) => {
      const request = { principal, keyspace, revision };
      return id === membership.memberId
        ? store.admin.hashKeyspace(request)
        : askHash(channelTo(memberId(id)), id, request);
    },
    raise: (alarm) => {
      logger.error({ alarm }, 'members hold different things: no more writes until that is settled');
      return store.admin.raiseAlarm({ principal, ...alarm });
    },
    onFailure: (error) => {
      logger.debug({ err: error }, 'a member could not be compared now');
    },
  });
}

async function askHash(channel: RpcChannel | undefined, id: bigint, request: HashRequest): Promise<KeyspaceHash> {
  if (channel === undefined) throw new MemberNotFoundError(id);
  const client = createClient(StoreAdminServiceService, channel);
  return decodeKeyspaceHash(
    await client.hashKeyspace(encodeHashRequest(request), { principal, timeoutMs: ANSWER_MS, idempotent: true }),
  );
}
