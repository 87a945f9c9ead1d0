import type { CallOptions, Connection, MethodDefinition, RpcChannel } from '@portolan/rpc';

/**
 * One good connection, until it is given up. Calls that are under way then go on to their end; the connection is closed
 * after the last of them.
 */
export class RegistryConnection implements RpcChannel {
  readonly #connection: Connection;
  readonly #givenUp = new AbortController();
  #calls = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get address(): string {
    return this.#connection.address;
  }

  /** Aborted when the connection is given up: streams of discovery itself move to the next one. */
  get givenUp(): AbortSignal {
    return this.#givenUp.signal;
  }

  /** Given up, and closed. */
  get over(): boolean {
    return this.#givenUp.signal.aborted && this.#calls === 0;
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    this.#calls += 1;
    try {
      return await this.#connection.unary(method, request, options);
    } finally {
      await this.#ended();
    }
  }

  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options?: CallOptions,
  ): AsyncGenerator<Response, void> {
    this.#calls += 1;
    try {
      yield* this.#connection.stream(method, requests, options);
    } finally {
      await this.#ended();
    }
  }

  /** @param reason for the streams that end with it */
  async giveUp(reason: unknown): Promise<void> {
    this.#givenUp.abort(reason);
    if (this.#calls === 0) await this.#connection[Symbol.asyncDispose]();
  }

  /** At once, whatever is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#givenUp.abort();
    await this.#connection[Symbol.asyncDispose]();
  }

  async #ended(): Promise<void> {
    this.#calls -= 1;
    if (this.#calls === 0 && this.#givenUp.signal.aborted) await this.#connection[Symbol.asyncDispose]();
  }
}
