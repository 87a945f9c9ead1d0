import type { BoundMethod, RpcLimits } from '@portolan/rpc';
import { decodeRequest } from '@portolan/rpc/serving';
import { inflated, type CompressedMessage } from '../wire/compression.ts';

/** What makes requests of the messages of a stream, each when it is read. */
export function requestDecoder(
  bound: BoundMethod,
  limits: RpcLimits,
): (message: Buffer | CompressedMessage) => unknown {
  return (message) => {
    const plain = inflated(message, 'request', limits);
    return plain instanceof Promise ? plain.then((bytes) => decodeRequest(bound, bytes)) : decodeRequest(bound, plain);
  };
}
