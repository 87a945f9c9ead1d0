import { KVService } from '@portolan/contracts/etcd/kv';
import { connectFast } from '@portolan/grpc';
import { createClient } from '@portolan/rpc';
import { HOST } from './cluster.ts';
import { COUNT } from './requests.ts';

const READ_TIMEOUT_MS = 60_000;

/** What a server holds, by a linearizable read: what h2load's answers are checked against, for it sees no gRPC status. */
export interface Holding {
  readonly keys: number;
  readonly revision: number;
}

/** @throws RpcError */
export async function holdingOf(port: number): Promise<Holding> {
  await using connection = connectFast(`${HOST}:${port}`);
  const { count, header } = await createClient(KVService, connection).range(COUNT, { timeoutMs: READ_TIMEOUT_MS });
  return { keys: Number(count), revision: Number(header?.revision ?? 0n) };
}
