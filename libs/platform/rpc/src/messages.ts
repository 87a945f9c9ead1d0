import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { abortable, assert } from '@portolan/kernel';

/** Messages as they arrive. Ending early leaves the stream open: its other direction may still be needed. */
export async function* received(stream: Readable): AsyncGenerator<Buffer, void> {
  const messages: AsyncIterable<unknown> = stream.iterator({ destroyOnReturn: false });
  for await (const message of messages) {
    assert(Buffer.isBuffer(message), 'grpc-js hands on the bytes, since it was given no codec');
    yield message;
  }
}

/** Sends one message, and waits while the peer is behind: at most the stream's high-water mark (16) is ever queued. */
export async function send(
  stream: Writable,
  message: Buffer,
  signal: AbortSignal,
  onWritten?: () => void,
): Promise<void> {
  if (!stream.write(message, onWritten)) await once(stream, 'drain', { signal });
}

/**
 * Sends all messages, no faster than the peer takes them, then closes this direction.
 * Rejects when the source fails, or with the signal's reason; the source is told in both cases.
 */
export async function sendAll<Message>(
  source: AsyncIterable<Message>,
  encode: (message: Message) => Buffer,
  stream: Writable,
  signal: AbortSignal,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await abortable(iterator.next(), signal);
      if (next.done === true) break;
      await send(stream, encode(next.value), signal);
    }
  } catch (error) {
    release(iterator);
    throw error;
  }
  stream.end();
}

/** Lets an iterator clean up. Not waited for: a source that never settles must not hold the call that no longer needs it. */
export function release(iterator: AsyncIterator<unknown>): void {
  Promise.resolve(iterator.return?.()).catch(() => undefined);
}
