import type { MethodDefinition } from '@portolan/rpc';

const same = (bytes: Buffer): Buffer => bytes;

export const ECHO_PATH = '/portolan.bench.Echo/Unary';

/** Messages are bytes: what is measured is the wire, not a codec. */
export const ECHO_SERVICE = {
  unary: {
    path: ECHO_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
} as const satisfies Record<string, MethodDefinition<Buffer, Buffer>>;
