import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where there is memory for it, etcd's own flushes to disk cost nothing: this is about what it says, not how fast. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Quick elections: no other traffic holds these members up. */
const SETTINGS = [
  '--heartbeat-interval=50',
  '--election-timeout=500',
  '--experimental-watch-progress-notify-interval=100ms',
  // 1.5 MiB are allowed of keys and values; etcd counts their wrapping too.
  '--max-request-bytes=2097152',
] as const;

/** What it says when it can be asked. */
const READY = 'ready to serve client requests';

export interface EtcdServerOptions {
  /** Default 1. */
  readonly members?: number;
  readonly flags?: readonly string[];
  /** Clients are to use TLS, and to have a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  process: ChildProcess | undefined;
}

/** Why a real etcd cannot be started here; undefined when it can. */
export function missingEtcd(): string | undefined {
  const found = spawnSync('etcd', ['--version']).status === 0;
  return found ? undefined : 'etcd is not installed: sudo apt-get install -y etcd-server etcd-client';
}

/** A real etcd of its own, on free ports of this host. */
export class EtcdServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #members: readonly Member[];
  readonly #options: EtcdServerOptions;

  private constructor(folder: string, members: readonly Member[], options: EtcdServerOptions) {
    this.#folder = folder;
    this.#members = members;
    this.#options = options;
  }

  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const { members = 1 } = options;
    const ports = await freePorts(members * 2);
    const all = Array.from({ length: members }, (_, index): Member => {
      const [clientPort = 0, peerPort = 0] = ports.slice(index * 2);
      return { name: `m${String(index)}`, clientPort, peerPort, process: undefined };
    });
    const server = new EtcdServer(await mkdtemp(join(FOLDER, 'portolan-etcd-')), all, options);
    await Promise.all(all.map((_member, index) => server.restart(index)));
    return server;
  }

  /** `host:port` of each member. */
  get endpoints(): readonly string[] {
    return this.#members.map(({ clientPort }) => `127.0.0.1:${String(clientPort)}`);
  }

  /** Where a member keeps its data. */
  folderOf(index = 0): string {
    return join(this.#folder, `m${String(index)}`);
  }

  /** Kills a member as a crash would. */
  async kill(index = 0): Promise<void> {
    const member = this.#members[index];
    const running = member?.process;
    if (member === undefined || running === undefined) return;
    member.process = undefined;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** Starts a member, with what it has on disk. */
  async restart(index = 0): Promise<void> {
    const member = this.#members[index];
    if (member === undefined) throw new Error(`there is no member ${String(index)}`);
    const running = spawn('etcd', this.#arguments(member), { stdio: ['ignore', 'ignore', 'pipe'] });
    member.process = running;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      running.stderr.on('data', (chunk: Buffer) => {
        if (said.includes(READY)) return;
        said += chunk.toString();
        if (said.includes(READY)) resolve();
      });
      running.once('exit', () => {
        reject(new Error(`etcd ended: ${said}`));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [index] of this.#members.entries()) await this.kill(index);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #arguments({ name, clientPort, peerPort }: Member): string[] {
    const { flags = [], tls } = this.#options;
    const client = `http${tls === undefined ? '' : 's'}://127.0.0.1:${String(clientPort)}`;
    const peer = `http://127.0.0.1:${String(peerPort)}`;
    const cluster = this.#members.map((one) => `${one.name}=http://127.0.0.1:${String(one.peerPort)}`).join(',');
    return [
      `--name=${name}`,
      `--data-dir=${this.folderOf(this.#members.findIndex((one) => one.name === name))}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${cluster}`,
      ...SETTINGS,
      ...flags,
      ...(tls === undefined ? [] : tlsFlags(tls)),
    ];
  }
}

function tlsFlags({ cert, key, ca }: NonNullable<EtcdServerOptions['tls']>): readonly string[] {
  return [`--cert-file=${cert}`, `--key-file=${key}`, `--trusted-ca-file=${ca}`, '--client-cert-auth'];
}

/** All open at once, so that they are different ones. */
async function freePorts(count: number): Promise<readonly number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  return Promise.all(
    probes.map(async (probe) => {
      if (!probe.listening) await once(probe, 'listening');
      const address = probe.address();
      probe.close();
      await once(probe, 'close');
      if (address === null || typeof address === 'string') throw new Error('a listening socket has a port');
      return address.port;
    }),
  );
}
