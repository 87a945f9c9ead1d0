import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MaintenanceService } from '@portolan/contracts/etcd/maintenance';
import { connectFast } from '@portolan/grpc';
import { createClient, RpcError } from '@portolan/rpc';

export const HOST = '127.0.0.1';
const SERVING_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 5;

/** Servers of one side that run, all on the core of servers. Disposing kills them. */
export interface Cluster extends AsyncDisposable {
  /** Of the member that leads: where clients go. */
  readonly port: number;
  readonly pids: readonly number[];
}

/** How the servers of one side are started. */
export interface Launcher {
  readonly name: string;
  /**
   * Resolves when one of them leads.
   * @param folder theirs alone; what is in it from before is gone on with
   */
  start(folder: string, members: 1 | 3): Promise<Cluster>;
}

/** @returns the port of the member that says that it leads @throws Error when none does in time */
export async function leaderOf(ports: readonly number[]): Promise<number> {
  const until = performance.now() + SERVING_WITHIN_MS;
  while (performance.now() < until) {
    for (const port of ports) if (await leads(port)) return port;
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`no member leads after ${SERVING_WITHIN_MS} ms`);
}

async function leads(port: number): Promise<boolean> {
  await using connection = connectFast(`${HOST}:${port}`);
  try {
    const { header, leader } = await createClient(MaintenanceService, connection).status({}, { timeoutMs: 1_000 });
    return leader !== 0n && leader === header?.memberId;
  } catch (error) {
    // It does not listen yet, or knows no leader.
    if (!(error instanceof RpcError)) throw error;
    return false;
  }
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, 'close');
      server.close();
      return closed;
    }),
  );
  return ports;
}
