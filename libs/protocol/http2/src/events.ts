import type { Http2ConnectionError } from './connection-error.ts';
import type { FieldSection } from './field-section.ts';
import type { ErrorCode } from './frame.ts';

/** A stream of one connection; never used again on it (RFC 9113, section 5.1.1). */
export type StreamId = number & { readonly __brand: 'StreamId' };

/**
 * What a connection tells its user, in the order of the bytes. Called within `receive` and `flushed`; every method of the
 * connection but `receive` may be called from here. Whatever is thrown here costs the connection. A `FieldSection` and `bytes` are lent until the call returns.
 */
export interface Http2Events<Context> {
  /**
   * A request (server) or the final response (client) began.
   * @returns what later events of this stream carry; on a client what `open` was given stays
   */
  onHead(stream: StreamId, head: FieldSection, endStream: boolean, context: Context | undefined): Context;
  /** An interim response, 1xx (client). */
  onInterim(context: Context, stream: StreamId, head: FieldSection): void;
  /** Some of the content. Say `consume` when it is done with: the peer may send so much more then. */
  onData(context: Context, stream: StreamId, bytes: Uint8Array, start: number, end: number): void;
  /** The peer has said all. */
  onEnd(context: Context, stream: StreamId, trailers: FieldSection | undefined): void;
  /** Data that `data` did not take may be tried again. */
  onWritable(context: Context, stream: StreamId): void;
  /**
   * The stream is over and its id means nothing any more. Exactly once for each.
   * @param code NO_ERROR when both sides said all, or the peer did and wants to hear no more; never before `onEnd`
   * @param isUnprocessed the peer has not begun with it (REFUSED_STREAM, GOAWAY): it can be sent again elsewhere
   */
  onClose(context: Context, stream: StreamId, code: ErrorCode, isUnprocessed: boolean): void;
  /** The peer's settings were applied; how many streams it takes is `streamsMax`. */
  onSettings(): void;
  /** A PING of ours was answered. @param at where the 8 bytes begin */
  onPong(bytes: Uint8Array, at: number): void;
  /** The peer opens or takes no more streams. @param lastStream those after it were closed as unprocessed */
  onGoaway(lastStream: number, code: ErrorCode, text: string): void;
  /** After a `drain` or a GOAWAY the last stream is over: close the socket once the output is written. */
  onDrained(): void;
  /** The connection is lost: write the output, which says so to the peer, then close. Streams were closed before. */
  onError(error: Http2ConnectionError): void;
}
