import type { MethodDefinition } from '../method.ts';

/** Messages of the test service: a text, and how much it weighs. */
export interface Say {
  readonly text: string;
}

function encode({ text }: Say): Buffer {
  return Buffer.from(text);
}

function decode(bytes: Buffer): Say {
  const text = bytes.toString();
  if (text === 'garbage') throw new RangeError('garbage');
  return { text };
}

function method<RequestStream extends boolean, ResponseStream extends boolean>(
  name: string,
  requestStream: RequestStream,
  responseStream: ResponseStream,
): MethodDefinition<Say, Say> & { readonly requestStream: RequestStream; readonly responseStream: ResponseStream } {
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: encode,
    requestDeserialize: decode,
    responseSerialize: encode,
    responseDeserialize: decode,
  };
}

/** One method of each kind, in the shape that ts-proto gives a service. */
export const EchoService = {
  unary: method('Unary', false, false),
  serverStream: method('ServerStream', false, true),
  clientStream: method('ClientStream', true, false),
  bidi: method('Bidi', true, true),
} as const;
