import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { assert } from '@portolan/kernel';
import { z } from 'zod';
import { freePorts } from '../free-ports.ts';

const ReadyLine = z.object({ event: z.literal('ready'), urls: z.object({ ops: z.string() }) });
/** How long a member may take until it has everything. */
const CAUGHT_UP_MS_MAX = 60_000;
const LOOK_MS = 50;
const LINES_KEPT = 200;

/** Where one member is: the same for whichever sources it runs. */
export interface Place {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly peerPort: number;
  readonly etcdPort: number;
  /** `host:port` for clients. */
  readonly address: string;
}

/** Three registries that are one cluster, each of which can be run from any tree of sources. Disposing kills them. */
export class VersionedCluster implements AsyncDisposable {
  readonly folder: string;
  readonly places: readonly Place[];
  readonly #running = new Map<Place, ChildProcess>();

  private constructor(folder: string, places: readonly Place[]) {
    this.folder = folder;
    this.places = places;
  }

  /** @param tree the sources that all of them begin with */
  static async start(tree: string): Promise<VersionedCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-upgrade-'));
    const ports = await freePorts(9);
    const places = [0, 1, 2].map((index): Place => {
      const [port = 0, peerPort = 0, etcdPort = 0] = ports.slice(3 * index);
      const name = `registry-${index + 1}`;
      return { name, folder: join(folder, name), port, peerPort, etcdPort, address: `127.0.0.1:${port}` };
    });
    const cluster = new VersionedCluster(folder, places);
    await Promise.all(places.map((place) => cluster.run(place, tree)));
    return cluster;
  }

  /**
   * Resolves when it is caught up.
   * @param tree the sources that it runs from
   * @throws Error with what it printed when it ends before
   */
  async run(place: Place, tree: string): Promise<void> {
    const { name, folder, port, peerPort, etcdPort } = place;
    const peers = this.places.map((one) => `127.0.0.1:${one.peerPort}`).join(',');
    const flags = {
      'data-dir': folder,
      instance: name,
      port,
      'peer-port': peerPort,
      'etcd-port': etcdPort,
      'ops-port': 0,
      peers,
      'log-format': 'json',
    };
    const argv = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const child = spawn(process.execPath, [join(tree, 'apps/registry/src/main.ts'), ...argv], {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: Object.fromEntries(Object.entries(process.env).filter(([one]) => !/^(PORTOLAN_|NODE_OPTIONS)/.test(one))),
    });
    this.#running.set(place, child);
    const ops = await opsOf(child, name);
    const until = Date.now() + CAUGHT_UP_MS_MAX;
    while ((await fetch(`${ops}/readyz`)).status !== 200) {
      if (Date.now() > until) throw new Error(`${name} is not ready after ${CAUGHT_UP_MS_MAX} ms`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** As an orderly restart does. */
  async stop(place: Place): Promise<void> {
    const child = this.#running.get(place);
    assert(child !== undefined, `${place.name} does not run`);
    this.#running.delete(place);
    child.kill('SIGTERM');
    await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`${place.name} ended with ${String(child.exitCode)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.values()) {
      if (child.exitCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Where its ops server is, once it says that it is ready. */
function opsOf(child: ChildProcess, name: string): Promise<string> {
  const { stdout, stderr } = child;
  assert(stdout !== null, 'its output is read');
  assert(stderr !== null, 'its errors are read');
  const printed: string[] = [];
  const note = (line: string): void => {
    printed.push(line);
    if (printed.length > LINES_KEPT) printed.shift();
  };
  createInterface({ input: stderr }).on('line', note);
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      note(line);
      const ready = ReadyLine.safeParse(JSON.parse(line));
      if (ready.success) resolve(ready.data.urls.ops);
    });
    child.once('close', () => {
      reject(new Error(`${name} ended:\n${printed.join('\n')}`));
    });
  });
}
