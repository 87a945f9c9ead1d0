import { assert } from '@portolan/kernel';
import type { CallContext, CallOptions } from './call.ts';
import type { RpcChannel } from './channel.ts';
import { serviceNameOf, type MethodDefinition, type ServiceDefinition } from './method.ts';
import type { BoundMethod, BoundService } from './service.ts';

/**
 * Answers a service by asking the same of another server: messages, deadlines, cancellation, principals and errors go through
 * as they are.
 */
export function forward(definition: ServiceDefinition, channel: RpcChannel): BoundService {
  const methods = Object.values(definition).map((method): BoundMethod => ({
    definition: method,
    handle: (input, call): unknown => forwardCall(method, channel, input, call),
  }));
  const [first] = methods;
  assert(first !== undefined, 'a service has at least one method');
  return { name: serviceNameOf(first.definition), methods };
}

function forwardCall(method: MethodDefinition, channel: RpcChannel, input: unknown, call: CallContext): unknown {
  const { signal, deadline, principal, draining } = call;
  const { requestStream, responseStream } = method;
  if (!requestStream && !responseStream) {
    return channel.unary(method, input, { signal, deadline, principal } satisfies CallOptions);
  }
  // A stream without an end would hold the drain up.
  const options: CallOptions = { signal: AbortSignal.any([signal, draining]), deadline, principal };
  const answers = channel.stream(method, requestStream ? (input as AsyncIterable<unknown>) : only(input), options);
  return responseStream ? answers : first(answers);
}

async function* only<T>(one: T): AsyncGenerator<T, void> {
  yield one;
}

async function first<T>(answers: AsyncIterable<T>): Promise<T | undefined> {
  for await (const answer of answers) return answer;
  return undefined;
}
