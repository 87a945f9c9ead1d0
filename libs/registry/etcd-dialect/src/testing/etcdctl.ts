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

/** A port of this machine, or endpoints as etcdctl takes them. */
type At = number | string;

const argumentsFor = (at: At, args: readonly string[]): string[] => [
  `--endpoints=${typeof at === 'number' ? `127.0.0.1:${at}` : at}`,
  '--command-timeout=10s',
  ...args,
];
const env = { ...process.env, ETCDCTL_API: '3' };

/** @param input what it reads */
export function etcdctl(at: At, args: readonly string[], input?: string): Promise<CtlResult> {
  return run(at, args, TIMEOUT_MS, input);
}

/** One that takes minutes. */
export function etcdctlLong(at: At, args: readonly string[]): Promise<CtlResult> {
  return run(at, args, 30 * TIMEOUT_MS);
}

function run(at: At, args: readonly string[], timeout: number, input?: string): Promise<CtlResult> {
  return new Promise((resolve) => {
    const child = execFile('etcdctl', argumentsFor(at, args), { env, timeout }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, error: errorIn(stderr) });
    });
    // Most read nothing, and some have ended before they could.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** Without its log. */
function errorIn(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .join('\n');
}

/** A command that goes on: watch, lock, elect, make-mirror. Disposing kills it. */
export class RunningCtl implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #stderr = '';
  #looks: (() => void)[] = [];

  constructor(at: At, args: readonly string[]) {
    this.#child = spawn('etcdctl', argumentsFor(at, args), { env });
    this.#ended = once(this.#child, 'close');
    this.#child.stdout.on('data', (piece: Buffer) => {
      this.#stdout += piece.toString();
      for (const look of this.#looks.splice(0)) look();
    });
    this.#child.stderr.on('data', (piece: Buffer) => {
      this.#stderr += piece.toString();
    });
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

  /** Waits until it ends by itself. @returns the error it prints then */
  async ended(): Promise<string> {
    await this.#ended;
    return errorIn(this.#stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
