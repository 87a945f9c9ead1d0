import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Pinning } from './pinning.ts';

/** The id of what a child says by itself, once, when it can be used. */
export const READY_ID = 0;
const readySchema = z.object({ port: z.int().positive() });
const answerSchema = z.object({ id: z.int(), value: z.unknown().optional() });
/** As `npm start` gives it: a server does not compile at each start what it has compiled before. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/compiled', import.meta.url));
/** A child that starts or answers more slowly hangs. */
const ANSWER_MS = 60_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of its own with a server to measure, on the core of servers, that answers questions; see `answerParent`. */
export class ServingProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = READY_ID;
  #port = 0;

  private constructor(script: URL, args: readonly string[], pinned: Pinning) {
    const path = fileURLToPath(script);
    const [program = '', ...rest] = pinned('server', [process.execPath, '--expose-gc', path, ...args]);
    this.#name = [path, ...args].join(' ');
    const env = { NODE_COMPILE_CACHE, ...process.env };
    this.#child = spawn(program, rest, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message) => {
      const { id, value } = answerSchema.parse(message);
      this.#waiting.get(id)?.resolve(value);
    });
    this.#child.once('error', (error) => {
      this.#failAll(error);
    });
    this.#child.once('exit', (code, signal) => {
      this.#failAll(new Error(`${this.#name} ended: ${code ?? signal ?? ''}`));
    });
  }

  /**
   * @param script a TypeScript file that calls `answerParent`
   * @throws Error when it ends or says nothing
   */
  static async start(script: URL, args: readonly string[], pinned: Pinning): Promise<ServingProcess> {
    const serving = new ServingProcess(script, args, pinned);
    serving.#port = readySchema.parse(await serving.#answer(READY_ID)).port;
    return serving;
  }

  get port(): number {
    return this.#port;
  }

  async ask<Value>(question: string, schema: z.ZodType<Value>): Promise<Value> {
    this.#lastId += 1;
    const answer = this.#answer(this.#lastId);
    this.#child.send({ id: this.#lastId, question }, (error) => {
      if (error !== null) this.#failAll(error);
    });
    return schema.parse(await answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    // A child ends with its parent, however that ends: see `answerParent`.
    this.#child.disconnect();
    await ended;
  }

  async #answer(id: number): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    const timer = setTimeout(() => {
      reject(new Error(`${this.#name} said nothing in ${ANSWER_MS} ms`));
    }, ANSWER_MS);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
