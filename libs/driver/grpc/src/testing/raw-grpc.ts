import { block, data, FLAG, frame, TYPE } from '@portolan/http/testing';

/** A message as gRPC frames it. */
export function message(payload: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(isCompressed ? 1 : 0);
  prefix.writeUInt32BE(payload.length, 1);
  return Buffer.concat([prefix, payload]);
}

/** The head of a call. */
export function head(stream: number, path: string, ...more: readonly string[]): Buffer {
  const fields = [':method', 'POST', ':scheme', 'http', ':path', path, ':authority', 'a.test'];
  const call = [...fields, 'content-type', 'application/grpc', 'te', 'trailers', ...more];
  return frame(TYPE.headers, FLAG.endHeaders, stream, block(call));
}

/** A whole call of a method that takes one request. */
export const call = (stream: number, path: string, request = '', ...more: readonly string[]): Buffer =>
  Buffer.concat([head(stream, path, ...more), data(stream, message(Buffer.from(request)), true)]);
