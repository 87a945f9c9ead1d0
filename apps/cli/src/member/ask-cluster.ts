import { ClusterServiceService } from '@portolan/contracts/cluster';
import type { Principal } from '@portolan/kernel';
import { connect, createClient, readTls, RpcError, type Client, type TlsFiles } from '@portolan/rpc';
import { callerOf } from '../registry-connection.ts';

export type ClusterClient = Client<typeof ClusterServiceService>;

/** A change of members waits for a leader, a majority, and the change before it. */
export const ASK_MS = 20_000;

const principal: Principal = { kind: 'operator', name: 'portolan' };

/** Registries, and how to speak to them. */
export interface ClusterFlags extends TlsFiles {
  readonly registry: readonly string[];
}

/**
 * Asks any of the registries, one after the other until one can be reached.
 * @throws TlsFilesError, RpcError: what the registry refused it for, or that none was reached
 */
export async function askCluster<Answer>(
  flags: ClusterFlags,
  ask: (client: ClusterClient) => Promise<Answer>,
): Promise<Answer> {
  const caller = callerOf(await readTls(flags), principal);
  let failure: RpcError | undefined;
  for (const address of flags.registry) {
    await using connection = connect(address, caller);
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
