import type { CallOptions } from './call.ts';
import type { RpcChannel } from './channel.ts';
import type { ByKind, RequestOf, ResponseOf, ServiceDefinition } from './method.ts';
import { RpcError } from './rpc-error.ts';

export type ClientMethod<Method> = ByKind<
  Method,
  {
    unary: (request: RequestOf<Method>, options?: CallOptions) => Promise<ResponseOf<Method>>;
    serverStream: (request: RequestOf<Method>, options?: CallOptions) => AsyncIterable<ResponseOf<Method>>;
    clientStream: (requests: AsyncIterable<RequestOf<Method>>, options?: CallOptions) => Promise<ResponseOf<Method>>;
    bidi: (requests: AsyncIterable<RequestOf<Method>>, options?: CallOptions) => AsyncIterable<ResponseOf<Method>>;
  }
>;

/** A function a method of the proto service. Every failure is an RpcError. */
export type Client<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service]: ClientMethod<Service[Name]>;
};

/** Calls a service's methods through `channel`. Costs nothing; the channel is what is opened and disposed. */
export function createClient<Service extends ServiceDefinition>(
  definition: Service,
  channel: RpcChannel,
): Client<Service>;
// The types above guarantee each method its own messages; below this line messages are unknown.
export function createClient(definition: ServiceDefinition, channel: RpcChannel): object {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      if (method.requestStream) {
        return [
          name,
          (requests: AsyncIterable<unknown>, options?: CallOptions) =>
            method.responseStream
              ? channel.stream(method, requests, options)
              : only(channel.stream(method, requests, options), method.path),
        ];
      }
      return [
        name,
        (request: unknown, options?: CallOptions) =>
          method.responseStream
            ? channel.stream(method, once(request), options)
            : channel.unary(method, request, options),
      ];
    }),
  );
}

async function* once<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}

async function only<Value>(values: AsyncIterable<Value>, method: string): Promise<Value> {
  const received: Value[] = [];
  for await (const value of values) {
    received.push(value);
    if (received.length > 1) break;
  }
  const [value] = received;
  if (received.length === 1 && value !== undefined) return value;
  throw new RpcError(`${method} answered ${received.length === 0 ? 'nothing' : 'more than once'}`, {
    code: 'RPC_UNIMPLEMENTED',
    kind: 'unimplemented',
    fix: 'call a server whose method answers once',
    reachedServer: true,
  });
}
