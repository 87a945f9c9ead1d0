import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

/** What a command of etcdctl came to. */
export interface CtlResult {
  readonly code: number;
  readonly stdout: string;
  /** The error it prints at the end, without its log. */
  readonly error: string;
}

const TIMEOUT_MS = 20_000;

const argumentsFor = (port: number, args: readonly string[]): string[] => [
  `--endpoints=127.0.0.1:${port}`,
  '--command-timeout=10s',
  ...args,
];
const env = { ...process.env, ETCDCTL_API: '3' };

/** @param input what it reads */
export function etcdctl(port: number, args: readonly string[], input?: string): Promise<CtlResult> {
  return run(port, args, TIMEOUT_MS, input);
}

/** One that takes minutes. */
export function etcdctlLong(port: number, args: readonly string[]): Promise<CtlResult> {
  return run(port, args, 30 * TIMEOUT_MS);
}

function run(port: number, args: readonly string[], timeout: number, input?: string): Promise<CtlResult> {
  return new Promise((resolve) => {
    const child = execFile('etcdctl', argumentsFor(port, args), { env, timeout }, (error, stdout, stderr) => {
      const told = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, error: told.join('\n') });
    });
    // Most read nothing, and some have ended before they could.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** A command that goes on: watch, lock, elect, make-mirror. Disposing kills it. */
export class RunningCtl implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #looks: (() => void)[] = [];

  constructor(port: number, args: readonly string[]) {
    this.#child = spawn('etcdctl', argumentsFor(port, args), { env });
    this.#ended = once(this.#child, 'exit');
    this.#child.stdout.on('data', (piece: Buffer) => {
      this.#stdout += piece.toString();
      for (const look of this.#looks.splice(0)) look();
    });
    this.#child.stderr.resume();
  }

  /** The first so many lines it prints, once it has. */
  async lines(count: number): Promise<string> {
    while (this.#stdout.split('\n').length <= count) {
      await new Promise<void>((resolve) => {
        this.#looks.push(resolve);
      });
    }
    return this.#stdout.split('\n', count).join('\n');
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** As Ctrl-C does: it cleans up. */
  async interrupt(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
