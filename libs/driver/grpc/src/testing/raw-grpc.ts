import { block, data, FLAG, frame, TYPE } from '@portolan/http/testing';

/** A message as gRPC frames it. */
export function message(payload: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(isCompressed ? 1 : 0);
  prefix.writeUInt32BE(payload.length, 1);
  return Buffer.concat([prefix, payload]);
}

/** The fields of a call. */
export const fieldsOf = (path: string, ...more: readonly string[]): readonly string[] => [
  ...[':method', 'POST', ':scheme', 'http', ':path', path, ':authority', 'a.test'],
  ...['content-type', 'application/grpc', 'te', 'trailers', ...more],
];

/** The head of a call. */
export const head = (stream: number, path: string, ...more: readonly string[]): Buffer =>
  frame(TYPE.headers, FLAG.endHeaders, stream, block(fieldsOf(path, ...more)));

/** A whole call of a method that takes one request. */
export const call = (stream: number, path: string, request = '', ...more: readonly string[]): Buffer =>
  Buffer.concat([head(stream, path, ...more), data(stream, message(Buffer.from(request)), true)]);
