import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { connect } from 'amqplib';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Why the real broker cannot be started here; undefined when it can. */
export function missingRabbitMq(): string | undefined {
  const found = spawnSync('test', ['-x', SERVER]).status === 0;
  return found ? undefined : 'rabbitmq-server is not installed: sudo apt-get install -y rabbitmq-server';
}

/** A real RabbitMQ of its own, with a folder and ports of its own. What it holds outlives `kill`. */
export class RabbitMqServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #distributionPort: number;
  readonly #mapperPort: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, ports: readonly [number, number, number]) {
    this.#folder = folder;
    [this.#port, this.#distributionPort, this.#mapperPort] = ports;
  }

  static async start(): Promise<RabbitMqServer> {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-rabbit-'));
    const server = new RabbitMqServer(folder, [await freePort(), await freePort(), await freePort()]);
    await writeFile(
      join(folder, 'rabbitmq.conf'),
      `listeners.tcp.1 = 127.0.0.1:${server.#port}\nlog.console = false\n`,
    );
    await writeFile(join(folder, 'enabled_plugins'), '[].\n');
    await server.restart();
    return server;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.#port}`;
  }

  /** SIGSTOP and SIGCONT reach the whole broker. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    if (this.#process?.pid !== undefined) process.kill(-this.#process.pid, signal);
  }

  /** Kills it as a crash would. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    const ended = once(running, 'exit');
    this.signal('SIGKILL');
    this.#process = undefined;
    await ended;
  }

  /** Starts it again with what it had on disk; resolves when it takes connections. */
  async restart(): Promise<void> {
    const folder = this.#folder;
    const running = spawn(SERVER, [], {
      // A group of its own, so that the shell around the broker ends with it.
      detached: true,
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        RABBITMQ_NODENAME: `portolan-${this.#port}@localhost`,
        RABBITMQ_DIST_PORT: String(this.#distributionPort),
        ERL_EPMD_PORT: String(this.#mapperPort),
        RABBITMQ_MNESIA_BASE: join(folder, 'data'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
        // It shares the machine with what it is tested with.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none',
      },
    });
    this.#process = running;
    for (;;) {
      if (running.exitCode !== null) throw new Error(`rabbitmq-server ended; see ${folder}/log`);
      try {
        await (await connect(this.url)).close();
        return;
      } catch {
        await passed(100);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // The port mapper was started beside it and stays behind.
    spawnSync('pkill', ['-f', `epmd.*${this.#mapperPort}`]);
    spawnSync('sh', ['-c', `ERL_EPMD_PORT=${this.#mapperPort} epmd -kill`]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening socket has a port');
  return address.port;
}
