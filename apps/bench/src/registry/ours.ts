import { join } from 'node:path';
import { z } from 'zod';
import type { Pinning } from '../wire/pinning.ts';
import { ServingProcess } from '../wire/serving-process.ts';
import { freePorts, HOST, leaderOf, type Cluster, type Launcher } from './cluster.ts';
import type { OurSettings } from './our-settings.ts';

/** Ours, as processes that can be asked. */
export interface OurCluster extends Cluster {
  readonly leader: ServingProcess;
  readonly followers: readonly ServingProcess[];
}

export interface OurLauncher extends Launcher {
  start(folder: string, members: 1 | 3, snapshots?: OurSettings['snapshots']): Promise<OurCluster>;
}

/** The registry's store and its dialects, composed as the registry does, in processes that can be asked and profiled. */
export function ourLauncher(pinned: Pinning): OurLauncher {
  return {
    name: 'Portolan',
    start: (folder, members, snapshots = 'as usual') => startOurs(folder, members, snapshots, pinned),
  };
}

async function startOurs(
  folder: string,
  members: 1 | 3,
  snapshots: OurSettings['snapshots'],
  pinned: Pinning,
): Promise<OurCluster> {
  await using starting = new AsyncDisposableStack();
  const ports = members === 1 ? [] : await freePorts(members);
  const peers = ports.map((port) => `${HOST}:${port}`);
  const opening = Array.from({ length: members }, async (_, index) => {
    const port = ports[index];
    const name = `member-${index + 1}`;
    const peer = port === undefined ? undefined : { port, peers };
    const settings: OurSettings = { folder: join(folder, name), name, peer, snapshots };
    const script = new URL('./our-server.ts', import.meta.url);
    return starting.use(await ServingProcess.start(script, [JSON.stringify(settings)], pinned));
  });
  const processes = await Promise.all(opening);
  const port = await leaderOf(processes.map((one) => one.port));
  const leader = processes.find((one) => one.port === port);
  if (leader === undefined) throw new Error('who leads is one of them');
  const followers = processes.filter((one) => one !== leader);
  const pids = await Promise.all(processes.map((one) => one.ask('pid', z.int())));
  const started = starting.move();
  return { port, pids, leader, followers, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
