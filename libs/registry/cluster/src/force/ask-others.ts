import { ClusterServiceService } from '@portolan/contracts/cluster';
import { connect, createClient, RpcError, type TlsIdentity } from '@portolan/rpc';
import { CLUSTER_PRINCIPAL } from '../cluster-principal.ts';

/** Somebody who does not answer for so long is away. */
const ASK_MS = 3_000;

/** What another member has said of itself. */
export interface OtherMember {
  readonly address: string;
  readonly term: number;
  readonly committed: number;
  /** Undefined: it knows of none. */
  readonly leaderId: bigint | undefined;
}

/** Asks all of them at once. @returns those of this cluster that have answered */
export async function askOthers(
  addresses: readonly string[],
  clusterId: bigint,
  tls: TlsIdentity | undefined,
): Promise<readonly OtherMember[]> {
  const heard = await Promise.all(addresses.map((address) => askAt(address, clusterId, tls)));
  return heard.filter((other) => other !== undefined);
}

async function askAt(
  address: string,
  clusterId: bigint,
  tls: TlsIdentity | undefined,
): Promise<OtherMember | undefined> {
  await using connection = connect(address, { tls, principal: CLUSTER_PRINCIPAL });
  try {
    const client = createClient(ClusterServiceService, connection);
    const status = await client.getMemberStatus({}, { timeoutMs: ASK_MS });
    if (status.clusterId !== clusterId) return undefined;
    const leaderId = status.leaderId === 0n ? undefined : status.leaderId;
    return { address, term: Number(status.term), committed: Number(status.committedIndex), leaderId };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return undefined;
  }
}
