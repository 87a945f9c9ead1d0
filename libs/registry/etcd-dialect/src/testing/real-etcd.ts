import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { assert } from '@portolan/kernel';

/** A real etcd, one member. Disposing ends it and removes what it wrote. */
export interface RealEtcd extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Where a member of a cluster is to be. */
interface Site {
  readonly name: string;
  readonly port: number;
  readonly peerUrl: string;
}

/** One that is a cluster by itself. @throws Error when it ends instead of serving */
export async function startRealEtcd(): Promise<RealEtcd> {
  const site = await siteOf('default');
  return startMember(site, [site]);
}

/** A cluster of so many. Disposing ends all. @throws Error when one ends instead of serving */
export async function startRealEtcds(count: number): Promise<AsyncDisposable & { readonly members: RealEtcd[] }> {
  await using stack = new AsyncDisposableStack();
  const sites = await Promise.all(Array.from({ length: count }, (_, index) => siteOf(`etcd-${index + 1}`)));
  const starting = sites.map(async (site) => stack.use(await startMember(site, sites)));
  // Also those that are slower than one that fails are ended.
  await Promise.allSettled(starting);
  const members = await Promise.all(starting);
  const moved = stack.move();
  return { members, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

async function siteOf(name: string): Promise<Site> {
  return { name, port: await freePort(), peerUrl: `http://127.0.0.1:${await freePort()}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startMember({ name, port, peerUrl }: Site, all: readonly Site[]): Promise<RealEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-etcd-'));
  const client = `http://127.0.0.1:${port}`;
  const cluster = all.map((one) => `${one.name}=${one.peerUrl}`).join(',');
  const child = spawn('etcd', [
    ...['--data-dir', folder, '--logger', 'zap', '--name', name],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', cluster],
  ]);
  const ended = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (!line.includes('serving client traffic insecurely') && !line.includes('serving insecure client')) continue;
    child.stderr.resume();
    const { pid } = child;
    assert(pid !== undefined, 'what serves runs');
    return { port, pid, [Symbol.asyncDispose]: end };
  }
  await end();
  throw new Error(`etcd ended instead of serving:\n${lines.slice(-20).join('\n')}`);
}
