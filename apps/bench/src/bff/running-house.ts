import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../../../..');
/** Beside a system that runs here already. */
const PORT_OFFSET = 3_000;
const READY_TIMEOUT_MS = 120_000;
/** The system has the first core, who measures it the second. */
const CORES = { system: '0', client: '1' };

/** The whole system as `npm start` runs it, on a core of its own where that can be said. */
export class RunningHouse implements AsyncDisposable {
  readonly gateway = `http://127.0.0.1:${8_080 + PORT_OFFSET}`;
  readonly bffWeb = `http://127.0.0.1:${4_001 + PORT_OFFSET}`;
  readonly registry = `127.0.0.1:${8_502 + PORT_OFFSET}`;
  readonly #ops = { gateway: 9_901 + PORT_OFFSET, bffWeb: 9_911 + PORT_OFFSET };
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(): Promise<RunningHouse> {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-bench-'));
    const pinned = spawnSync('taskset', ['-pc', CORES.client, String(process.pid)]).status === 0;
    const start = [
      process.execPath,
      join(REPOSITORY, 'apps/stack/src/main.ts'),
      '--port-offset',
      String(PORT_OFFSET),
      '--data-dir',
      folder,
    ];
    const [program = '', ...args] = pinned ? ['taskset', '-c', CORES.system, ...start] : start;
    // What is measured is the work, not the memory of it.
    const env = {
      ...process.env,
      PORTOLAN_CACHE_TTL_MS: '0',
      PORTOLAN_CLIENT_REQUESTS_PER_MINUTE_MAX: '0',
      PORTOLAN_LOG_LEVEL: 'warn',
    };
    const child = spawn(program, args, { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'inherit'] });
    // However this process ends, the system does not stay behind.
    process.once('exit', () => child.kill('SIGTERM'));
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => {
        reject(new Error(`the system was not ready in ${READY_TIMEOUT_MS} ms: ${said}`));
      }, READY_TIMEOUT_MS);
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (!said.includes('Portolan is ready')) return;
        clearTimeout(timer);
        resolve();
      });
      child.once('exit', () => {
        reject(new Error(`the system ended: ${said}`));
      });
    });
    return new RunningHouse(child, folder);
  }

  /** CPU seconds that a process has used so far. */
  async cpuSeconds(process: 'gateway' | 'bffWeb'): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#ops[process]}/metrics`)).text();
    const [, seconds] = /^process_cpu_seconds_total(?:\{.*\})? (\S+)$/m.exec(text) ?? [];
    if (seconds === undefined) throw new Error(`${process} does not say what it uses`);
    return Number(seconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
