import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Pinning } from '../wire/pinning.ts';
import { freePorts, HOST, leaderOf, type Cluster, type Launcher } from './cluster.ts';

/** etcd's bound is 2 GB, and what it keeps of a key that is written again and again is never compacted here. */
const QUOTA_BYTES = 8 * 1_024 ** 3;
/** Lines of what it printed, for who reads why it ended. */
const LINES_KEPT = 20;

/** undefined: it is not installed. */
export function etcdVersion(): string | undefined {
  const { stdout, status } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

/** The etcd that is installed, as it is when nobody sets anything. */
export function etcdLauncher(pinned: Pinning): Launcher {
  return { name: 'etcd', start: (folder, members) => startEtcd(folder, members, pinned) };
}

async function startEtcd(folder: string, members: 1 | 3, pinned: Pinning): Promise<Cluster> {
  await using starting = new AsyncDisposableStack();
  const ports = await freePorts(2 * members);
  const seats = Array.from({ length: members }, (_, index) => ({
    name: `member-${index + 1}`,
    client: ports[2 * index] ?? 0,
    peer: ports[2 * index + 1] ?? 0,
  }));
  const cluster = seats.map(({ name, peer }) => `${name}=http://${HOST}:${peer}`).join();
  const ended: Promise<never>[] = [];
  const pids = seats.map(({ name, client, peer }) => {
    const [clientUrl, peerUrl] = [`http://${HOST}:${client}`, `http://${HOST}:${peer}`];
    const [program = '', ...args] = pinned('server', [
      ...['etcd', '--logger', 'zap', '--name', name, '--data-dir', join(folder, name)],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', cluster],
      ...['--quota-backend-bytes', String(QUOTA_BYTES)],
    ]);
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const printed: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.push(...text.split('\n'));
      printed.splice(0, printed.length - LINES_KEPT);
    });
    const exited = once(child, 'exit');
    ended.push(
      exited.then(() => {
        throw new Error(`etcd ended:\n${printed.join('\n')}`);
      }),
    );
    starting.defer(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    if (child.pid === undefined) throw new Error('etcd could not be started');
    return child.pid;
  });
  // What ends later is seen by whoever calls it.
  for (const end of ended) end.catch(() => undefined);
  const port = await Promise.race([leaderOf(seats.map(({ client }) => client)), ...ended]);
  const started = starting.move();
  return { port, pids, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
