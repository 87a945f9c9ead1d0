import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
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

/** A message that was sent in some encoding, until somebody wants to read it. */
export class CompressedMessage {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** Where a message lies, and whether its prefix says that it is compressed. */
export function messageAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  isCompressed: boolean,
  encoding: MessageEncoding,
): Buffer | CompressedMessage {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (!isCompressed) return message;
  if (encoding === 'identity') throw new MalformedCallError('a message is compressed, and grpc-encoding names no way');
  return new CompressedMessage(message);
}

/** So much is inflated at once (0.2 ms); more, by another thread: a few KiB can take 10 ms, and a thousand such come in one read. */
const AT_ONCE_BYTES = 65_536;
const gunzipLater = promisify(gunzip);

/**
 * A message as its codec wants it: a promise when that takes long. A bomb stops at the limit.
 * @throws LimitExceededError, MalformedCallError; or the promise does
 */
export function inflated(
  message: Buffer | CompressedMessage,
  what: 'request' | 'response',
  { messageBytes }: RpcLimits,
): Buffer | Promise<Buffer> {
  if (!(message instanceof CompressedMessage)) return message;
  const { bytes } = message;
  const maxOutputLength = Math.max(1, messageBytes);
  // What the last four bytes say is the length of its last part (RFC 1952, section 2.3.1): a lie costs nobody but its teller.
  const claimed = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  if (claimed > AT_ONCE_BYTES) return inflatedLater(bytes, what, messageBytes);
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.min(AT_ONCE_BYTES, maxOutputLength) });
  } catch (error) {
    if (isTooLarge(error) && maxOutputLength > AT_ONCE_BYTES) return inflatedLater(bytes, what, messageBytes);
    throw inflateError(error, what, messageBytes);
  }
}

async function inflatedLater(bytes: Buffer, what: 'request' | 'response', messageBytes: number): Promise<Buffer> {
  try {
    return await gunzipLater(bytes, { maxOutputLength: messageBytes });
  } catch (error) {
    throw inflateError(error, what, messageBytes);
  }
}

const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === TOO_LARGE;

const inflateError = (error: unknown, what: 'request' | 'response', messageBytes: number): Error =>
  isTooLarge(error) ? messageTooLarge(what, undefined, messageBytes) : new MalformedCallError(`the ${what} is no gzip`);

/**
 * The same at once, whatever it takes: of a server that we called.
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
  const message = messageAt(bytes, start, end, isCompressed, encoding);
  if (!(message instanceof CompressedMessage)) return message;
  try {
    return gunzipSync(message.bytes, { maxOutputLength: Math.max(1, messageBytes) });
  } catch (error) {
    throw inflateError(error, what, messageBytes);
  }
}

/** @param bytes undefined: it was not read to its end */
export function messageTooLarge(what: 'request' | 'response', bytes: number | undefined, max: number): Error {
  return new LimitExceededError(`the ${what} has ${bytes ?? 'more'} bytes, the limit is ${max}`, {
    fix: 'send less at a time: a page, or a stream',
    context: { limit: 'messageBytes', max, ...(bytes !== undefined && { bytes }) },
  });
}
