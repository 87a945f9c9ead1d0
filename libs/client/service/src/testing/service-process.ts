import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const Line = z.looseObject({ event: z.string().optional(), urls: z.record(z.string(), z.string()).optional() });
type Line = z.infer<typeof Line>;

/** `testdata/fixture.ts` as a process of its own. Disposing kills it. */
export class ServiceProcess implements AsyncDisposable {
  readonly #child;
  readonly #dataDir: string;
  readonly #lines: Line[] = [];
  readonly #waiting = new Set<() => void>();
  readonly exitCode: Promise<number | null>;
  ended = false;

  private constructor(dataDir: string, registry: string, flags: readonly string[]) {
    const own = ['--registry', registry, '--data-dir', dataDir, '--instance', 'fixture-1', '--log-format', 'json'];
    this.#dataDir = dataDir;
    this.#child = spawn(process.execPath, [join(import.meta.dirname, '../testdata/fixture.ts'), ...own, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORTOLAN_|NODE_OPTIONS)/.test(name))),
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(Line.parse(JSON.parse(line)));
      for (const look of this.#waiting) look();
    });
    this.exitCode = once(this.#child, 'close').then(() => {
      this.ended = true;
      for (const look of this.#waiting) look();
      return this.#child.exitCode;
    });
  }

  static async start(registry: string, ...flags: readonly string[]): Promise<ServiceProcess> {
    return new ServiceProcess(await mkdtemp(join(tmpdir(), 'portolan-service-')), registry, flags);
  }

  /** The events that it logged, in order. */
  get events(): readonly string[] {
    return this.#lines.flatMap(({ event }) => event ?? []);
  }

  /** The first line with this event, there already or to come. */
  logged(event: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.#lines.find((candidate) => candidate.event === event);
        if (line !== undefined) resolve(line);
        else if (this.ended) reject(new Error(`it ended without "${event}": ${JSON.stringify(this.#lines)}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Where it listens, once it is ready. */
  async urls(): Promise<{ readonly grpc: string; readonly ops: string }> {
    return z.object({ grpc: z.string(), ops: z.string() }).parse((await this.logged('ready')).urls);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.exitCode;
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}
