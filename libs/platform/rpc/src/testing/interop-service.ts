import type { MethodDefinition } from '../method.ts';
import type { Implementation } from '../service.ts';

/** Bytes are their own message: nothing but the server stands between a test and the wire. */
const asIs = (bytes: Buffer): Buffer => bytes;

function method<RequestStream extends boolean, ResponseStream extends boolean>(
  name: string,
  requestStream: RequestStream,
  responseStream: ResponseStream,
): MethodDefinition<Buffer, Buffer> & {
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
} {
  return {
    path: `/grpc.testing.TestService/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

/** The service of gRPC's interoperability tests (grpc/doc/interop-test-descriptions.md), with plain bytes as messages. */
export const InteropService = {
  emptyCall: method('EmptyCall', false, false),
  unaryCall: method('UnaryCall', false, false),
  streamingOutputCall: method('StreamingOutputCall', false, true),
  streamingInputCall: method('StreamingInputCall', true, false),
  fullDuplexCall: method('FullDuplexCall', true, true),
} as const;

/** Answers with what it was asked; of a stream of requests, with all of them in one. */
export const interop: Implementation<typeof InteropService> = {
  emptyCall: async (request) => request,
  unaryCall: async (request) => request,
  async *streamingOutputCall(request): AsyncGenerator<Buffer, void> {
    yield request;
  },
  streamingInputCall: async (requests) => Buffer.concat(await Array.fromAsync(requests)),
  async *fullDuplexCall(requests): AsyncGenerator<Buffer, void> {
    yield* requests;
  },
};
