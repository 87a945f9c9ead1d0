import { ClusterServiceService } from '@portolan/contracts/cluster';
import type { Principal } from '@portolan/kernel';
import { connect, createClient, RpcError, type Client } from '@portolan/rpc';

export type ClusterClient = Client<typeof ClusterServiceService>;

/** A change of members waits for a leader, a majority, and the change before it. */
export const ASK_MS = 20_000;

const principal: Principal = { kind: 'operator', name: 'portolan' };

/**
 * Asks any of the registries, one after the other until one can be reached.
 * @throws RpcError: what the registry refused it for, or that none was reached
 */
export async function askCluster<Answer>(
  addresses: readonly string[],
  ask: (client: ClusterClient) => Promise<Answer>,
): Promise<Answer> {
  let failure: RpcError | undefined;
  for (const address of addresses) {
    await using connection = connect(address, { principal });
    try {
      return await ask(createClient(ClusterServiceService, connection));
    } catch (error) {
      if (!(error instanceof RpcError) || error.kind !== 'unavailable') throw error;
      failure = error;
    }
  }
  if (failure === undefined) throw new Error('a list of registries is never empty');
  throw failure;
}
