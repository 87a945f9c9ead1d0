import { RpcError, type CallOptions, type MethodDefinition, type RpcChannel } from '@portolan/rpc';

/** What happens to one call. `cut` ends a stream after so many answers. */
export type Fault = 'none' | 'not-sent' | 'answer-lost' | { readonly cutAfter: number };

/** A channel that does to each call what the test says. */
export class FaultyChannel implements RpcChannel {
  readonly #channel: RpcChannel;
  readonly #decide: (method: string) => Fault;
  /** Methods called, the failed ones too. */
  readonly calls: string[] = [];

  constructor(channel: RpcChannel, decide: (method: string) => Fault) {
    this.#channel = channel;
    this.#decide = decide;
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    const fault = this.#begin(method.path);
    if (fault === 'not-sent') throw broken(false);
    const answer = await this.#channel.unary(method, request, options);
    if (fault === 'answer-lost') throw broken(true);
    return answer;
  }

  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options?: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const fault = this.#begin(method.path);
    if (fault === 'not-sent') throw broken(false);
    let left = typeof fault === 'object' ? fault.cutAfter : Number.POSITIVE_INFINITY;
    for await (const answer of this.#channel.stream(method, requests, options)) {
      if (left === 0) throw broken(true);
      left -= 1;
      yield answer;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #begin(path: string): Fault {
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.calls.push(name);
    return this.#decide(name);
  }
}

function broken(reachedServer: boolean): RpcError {
  return new RpcError('the test broke the connection', {
    code: 'RPC_UNAVAILABLE',
    kind: 'unavailable',
    fix: 'expect it',
    reachedServer,
  });
}
