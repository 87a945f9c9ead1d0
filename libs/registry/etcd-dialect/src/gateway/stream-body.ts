import { JsonObjects } from './json-objects.ts';
import { MalformedJsonError } from './malformed-json-error.ts';

/** Requests that wait for their reader; past it the connection is not read. As many as gRPC keeps. */
const WAITING_MAX = 16;

type End = { readonly error: unknown } | 'done';

/** The requests of a stream, from a body that may go on for long. The reader sees what was wrong with it after what came before. */
export class StreamBody implements AsyncIterable<unknown> {
  readonly #decode: (json: unknown) => unknown;
  readonly #bytesMax: number;
  readonly #onTaken: () => void;
  readonly #objects = new JsonObjects();
  readonly #waiting: unknown[] = [];
  #end: End | undefined;
  #some: PromiseWithResolvers<void> | undefined;

  /** @param bytesMax of one request; more is refused. @param onTaken there may be room again */
  constructor(decode: (json: unknown) => unknown, bytesMax: number, onTaken: () => void) {
    this.#decode = decode;
    this.#bytesMax = bytesMax;
    this.#onTaken = onTaken;
  }

  /** What comes next should wait. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  push(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    try {
      for (const json of this.#objects.push(bytes)) this.#waiting.push(this.#decode(json));
      if (this.#objects.size > this.#bytesMax) {
        throw new MalformedJsonError(`one request has more than ${this.#bytesMax} bytes`);
      }
    } catch (error) {
      this.#end = { error };
    }
    this.#some?.resolve();
  }

  end(): void {
    try {
      this.#objects.end();
      this.#end ??= 'done';
    } catch (error) {
      this.#end ??= { error };
    }
    this.#some?.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      while (this.#waiting.length > 0) {
        yield this.#waiting.shift();
        this.#onTaken();
      }
      if (this.#end === 'done') return;
      if (this.#end !== undefined) throw this.#end.error;
      this.#some = Promise.withResolvers();
      await this.#some.promise;
    }
  }
}
