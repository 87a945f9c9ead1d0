import { MemberServiceService } from '@portolan/contracts/cluster';
import type { Clock } from '@portolan/kernel';
import type { ClusterMember } from '@portolan/kv';
import { memberId } from '@portolan/raft';
import { connect, createClient, RpcError, type TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { CLUSTER_PRINCIPAL } from '../cluster-principal.ts';
import type { Membership } from '../folder/member-file.ts';
import type { Introduction } from './introduction.ts';

const RETRY_MS = 500;
/** A change of members waits for a leader and a majority. */
const ASK_MS = 15_000;

export interface JoinClusterOptions {
  readonly self: Introduction;
  /** `host:port` of any members. */
  readonly addresses: readonly string[];
  readonly clock: Clock;
  readonly tls: TlsIdentity | undefined;
  readonly onWaiting: (missing: readonly string[]) => void;
}

export interface Joined {
  readonly membership: Membership;
  readonly members: readonly ClusterMember[];
}

/**
 * Asks members of a cluster that runs to take this process in, until one does. Asking again is harmless: it is known by its folder.
 * @throws RpcError when they refuse it, for CLUSTER_MEMBER_FORGOTTEN say; the signal's reason
 */
export async function joinCluster(options: JoinClusterOptions, signal: AbortSignal): Promise<Joined> {
  const { addresses, clock, onWaiting } = options;
  for (let round = 0; ; round += 1) {
    for (const address of addresses) {
      const joined = await askAt(address, options, signal);
      if (joined !== undefined) return joined;
    }
    if (round === 0) onWaiting(addresses);
    await sleep(clock, RETRY_MS, signal);
  }
}

/** @returns undefined when there is no answer, or not now */
async function askAt(
  address: string,
  { self, tls }: JoinClusterOptions,
  signal: AbortSignal,
): Promise<Joined | undefined> {
  await using connection = connect(address, { tls, principal: CLUSTER_PRINCIPAL });
  const { name, nonce, peerAddress } = self;
  const request = { name, nonce, peerAddresses: [peerAddress] };
  try {
    const options = { timeoutMs: ASK_MS, signal };
    const answer = await createClient(MemberServiceService, connection).join(request, options);
    const { clusterId, generation, members } = answer;
    return { membership: { clusterId, generation, memberId: memberId(answer.memberId), founders: [] }, members };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RpcError) || !PASSING.has(error.kind)) throw error;
    return undefined;
  }
}

const PASSING = new Set(['unavailable', 'deadline', 'cancelled', 'exhausted']);
