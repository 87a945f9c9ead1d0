import { connectFast } from '@portolan/grpc';
import {
  RpcError,
  type CallOptions,
  type Connection,
  type MethodDefinition,
  type RpcChannel,
  type TlsIdentity,
} from '@portolan/rpc';

/**
 * Calls to one member, at the first of its addresses that can be reached: one that cannot is left for the next, and comes again after
 * all others have failed, or when a stream is open at it.
 */
export class MemberChannel implements RpcChannel {
  readonly #tls: TlsIdentity | undefined;
  readonly #left = new Set<string>();
  #addresses: readonly string[] = [];
  #connection: Connection | undefined;

  constructor(tls: TlsIdentity | undefined) {
    this.#tls = tls;
  }

  /**
   * @param addresses at least one, the best first
   * @param streamAt where a stream to the member is open
   */
  moveTo(addresses: readonly string[], streamAt: string | undefined): void {
    this.#addresses = addresses;
    for (const address of this.#left) if (!addresses.includes(address)) this.#left.delete(address);
    if (streamAt !== undefined) this.#left.delete(streamAt);
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    for (let attempts = 1; ; attempts += 1) {
      const connection = this.#best();
      try {
        return await connection.unary(method, request, options);
      } catch (error) {
        this.#failed(connection, error);
        // Certainly nobody has begun with it.
        const isRepeatable = error instanceof RpcError && error.kind === 'unavailable' && !error.reachedServer;
        if (!isRepeatable || attempts >= this.#addresses.length) throw error;
      }
    }
  }

  stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options?: CallOptions,
  ): AsyncIterable<Response> {
    return {
      [Symbol.asyncIterator]: () => {
        const connection = this.#best();
        const answers = connection.stream(method, requests, options)[Symbol.asyncIterator]();
        return {
          next: async () => {
            try {
              return await answers.next();
            } catch (error) {
              this.#failed(connection, error);
              throw error;
            }
          },
          return: async () => (await answers.return?.()) ?? { done: true, value: undefined },
        };
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
  }

  #best(): Connection {
    if (this.#addresses.every((address) => this.#left.has(address))) this.#left.clear();
    const [first = ''] = this.#addresses;
    const best = this.#addresses.find((address) => !this.#left.has(address)) ?? first;
    if (this.#connection?.address === best) return this.#connection;
    void this.#connection?.[Symbol.asyncDispose]();
    this.#connection = connectFast(best, { tls: this.#tls });
    return this.#connection;
  }

  #failed({ address }: Connection, error: unknown): void {
    if (!(error instanceof RpcError)) return;
    const isUnreached = error.kind === 'deadline' && !error.reachedServer;
    if (error.kind === 'unavailable' || isUnreached) this.#left.add(address);
  }
}
