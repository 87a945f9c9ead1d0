import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { BodyTooLargeError } from '../errors.ts';
import { DISCARDED_BYTES_MAX } from './limits.ts';

/** The body of one request, on its way to whichever endpoint takes it. */
export interface RequestBody {
  /** Whether a byte was read: from then on the request cannot be sent again. */
  readonly consumed: boolean;
  /** A stream for one attempt. Pulls from the client only as fast as the endpoint takes it. */
  stream(): Readable;
}

/** @returns undefined when the request has no body */
export function requestBody(
  request: IncomingMessage,
  bytesMax: number,
  onFirstRead: () => void,
): RequestBody | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && (length === undefined || length === '0')) return undefined;
  if (Number(length ?? 0) > bytesMax) throw new BodyTooLargeError(bytesMax);
  const body = {
    consumed: false,
    stream(): Readable {
      const stream = Readable.from(
        chunksOf(request, bytesMax, () => {
          body.consumed = true;
          onFirstRead();
        }),
        { objectMode: false },
      );
      // The attempt reports it; a stream that nobody listens to any more must not end the process.
      stream.on('error', () => undefined);
      return stream;
    },
  };
  return body;
}

async function* chunksOf(request: IncomingMessage, bytesMax: number, onFirstRead: () => void): AsyncGenerator<Buffer> {
  onFirstRead();
  let bytes = 0;
  // Not destroyed on an early end: the answer still has to go out on this connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > bytesMax) throw new BodyTooLargeError(bytesMax);
    yield chunk;
  }
}

/** Lets a client that was answered early finish sending, so that it reads the answer; not for ever. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.on('error', () => undefined);
  request.resume();
}
