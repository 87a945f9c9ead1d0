import type { MethodDefinition } from '@portolan/rpc';

/** Messages of the test service are texts. */
const text = {
  requestSerialize: (value: string): Buffer => Buffer.from(value),
  requestDeserialize: (bytes: Buffer): string => bytes.toString(),
  responseSerialize: (value: string): Buffer => Buffer.from(value),
  responseDeserialize: (bytes: Buffer): string => bytes.toString(),
};

function method<RequestStream extends boolean, ResponseStream extends boolean>(
  name: string,
  requestStream: RequestStream,
  responseStream: ResponseStream,
): MethodDefinition<string, string> & {
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
} {
  return { path: `/test.Echo/${name}`, requestStream, responseStream, ...text };
}

/** In the shape that ts-proto gives a service. */
export const EchoService = {
  ask: method('Ask', false, false),
  list: method('List', false, true),
  talk: method('Talk', true, true),
} as const;
