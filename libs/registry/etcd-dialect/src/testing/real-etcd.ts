import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real etcd of one member. Disposing ends it and removes what it wrote. */
export interface RealEtcd extends AsyncDisposable {
  readonly port: number;
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

/** @throws Error when it ends instead of serving */
export async function startRealEtcd(): Promise<RealEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-etcd-'));
  const port = await freePort();
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${await freePort()}`];
  const child = spawn('etcd', [
    ...['--data-dir', folder, '--logger', 'zap', '--name', 'default'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
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
    return { port, [Symbol.asyncDispose]: end };
  }
  await end();
  throw new Error(`etcd ended instead of serving:\n${lines.slice(-20).join('\n')}`);
}
