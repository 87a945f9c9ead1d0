import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { residentBytes } from './resident-bytes.ts';
import { END, isTold, type SideName, type Told } from './side.ts';

const LOOK_MS = 1_000;
/** A side beats every second. A machine that others fill as well delays that, but never by so much. */
const SILENT_MS_MAX = 20_000;
/** Several times what any side holds after an hour. A lock-up that allocates reaches it in seconds, long before it fills the machine. */
const RESIDENT_BYTES_MAX = 1_024 * 1_048_576;
/** After its end a process waits for nothing but what it left open; keep-alive of the clients' sockets is shorter. */
const EXIT_MS_MAX = 20_000;

export interface SideOptions {
  readonly name: SideName;
  readonly seed: number;
  /** Where the servers listen. */
  readonly ports: readonly number[];
  /** Told at most once, when the side locks up, takes too much memory or dies; its process is ended by then. */
  readonly onFailure: (error: Error) => void;
}

/** A side of the soak in a process of its own, under watch. */
export class WatchedSide implements Disposable {
  readonly name: SideName;
  /** What it said last. */
  summary = '';
  private readonly options: SideOptions;
  private readonly child: ChildProcess;
  private readonly watch: NodeJS.Timeout;
  private answer = Promise.withResolvers<Told>();
  private heardAt = performance.now();

  private constructor(options: SideOptions) {
    this.options = options;
    this.name = options.name;
    const { name, seed, ports } = options;
    const program = fileURLToPath(new URL('./side-process.ts', import.meta.url));
    this.child = fork(program, [name, String(seed), ...ports.map(String)], { execArgv: [] });
    this.child.on('message', (message) => {
      this.hear(message);
    });
    this.child.on('exit', (code, signal) => {
      if (this.child.connected || code !== 0) this.fail(`ended by themselves, with ${signal ?? `code ${code}`}`);
    });
    this.watch = setInterval(() => {
      this.look();
    }, LOOK_MS);
  }

  static async open(options: SideOptions): Promise<{ readonly side: WatchedSide; readonly told: Told }> {
    const side = new WatchedSide(options);
    return { side, told: await side.answer.promise };
  }

  /** Never settles when the side fails. */
  run(ms: number): Promise<Told> {
    return this.tell(ms);
  }

  /**
   * Never settles when the side fails.
   * @throws Error when something keeps its process from ending
   */
  async end(): Promise<Told> {
    const told = await this.tell(END);
    clearInterval(this.watch);
    this.child.disconnect();
    const exit = once(this.child, 'exit', { signal: AbortSignal.timeout(EXIT_MS_MAX) });
    await exit.catch((cause: unknown) => {
      throw new Error(`the ${this.name} left something open that keeps their process from ending`, { cause });
    });
    return told;
  }

  [Symbol.dispose](): void {
    clearInterval(this.watch);
    this.child.removeAllListeners('exit');
    this.child.kill('SIGKILL');
  }

  private tell(command: number | typeof END): Promise<Told> {
    this.answer = Promise.withResolvers<Told>();
    this.child.send(command);
    return this.answer.promise;
  }

  private hear(message: unknown): void {
    this.heardAt = performance.now();
    if (isTold(message)) {
      this.summary = message.summary;
      this.answer.resolve(message);
    } else {
      this.summary = String(message);
    }
  }

  private look(): void {
    const held = this.residentBytes();
    const silentMs = performance.now() - this.heardAt;
    if (held > RESIDENT_BYTES_MAX) this.fail(`hold ${held} bytes and were heard ${silentMs} ms ago`);
    else if (silentMs > SILENT_MS_MAX) this.fail(`locked up: they were heard ${silentMs} ms ago`);
  }

  residentBytes(): number {
    return residentBytes(this.child);
  }

  private fail(what: string): void {
    this[Symbol.dispose]();
    this.options.onFailure(new Error(`the ${this.name} ${what} (seed ${this.options.seed}): ${this.summary}`));
  }
}
