import { gunzipSync } from 'node:zlib';
import { LimitExceededError, type RpcLimits } from '@portolan/rpc';
import { MalformedCallError } from '../call-errors.ts';

/** What we understand, as `grpc-accept-encoding` says it. */
export const ACCEPTED_ENCODINGS = 'identity,gzip';
/** What zlib says of more output than it was allowed. */
const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

export type MessageEncoding = 'identity' | 'gzip';

/** @returns undefined when we do not understand it */
export function encodingOf(value: string | undefined): MessageEncoding | undefined {
  if (value === undefined || value === 'identity') return 'identity';
  return value === 'gzip' ? 'gzip' : undefined;
}

/**
 * A message as its codec wants it. Inflated at once: the largest (4 MiB) takes some 10 ms, and what follows on its stream must wait
 * for it anyway. A bomb stops at the limit.
 * @throws LimitExceededError, MalformedCallError
 */
export function plainMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  isCompressed: boolean,
  encoding: MessageEncoding,
  what: 'request' | 'response',
  { messageBytes }: RpcLimits,
): Buffer {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (!isCompressed) return message;
  if (encoding === 'identity') throw new MalformedCallError('a message is compressed, and grpc-encoding names no way');
  try {
    return gunzipSync(message, { maxOutputLength: Math.max(1, messageBytes) });
  } catch (error) {
    const isTooLarge = typeof error === 'object' && error !== null && 'code' in error && error.code === TOO_LARGE;
    if (isTooLarge) throw messageTooLarge(what, undefined, messageBytes);
    throw new MalformedCallError(`the ${what} is no gzip`);
  }
}

/** @param bytes undefined: it was not read to its end */
export function messageTooLarge(what: 'request' | 'response', bytes: number | undefined, max: number): Error {
  return new LimitExceededError(`the ${what} has ${bytes ?? 'more'} bytes, the limit is ${max}`, {
    fix: 'send less at a time: a page, or a stream',
    context: { limit: 'messageBytes', max, ...(bytes !== undefined && { bytes }) },
  });
}
