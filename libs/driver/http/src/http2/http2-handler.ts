import type { ErrorCode, FieldSection, StreamId } from '@portolan/http2';
import type { GoneReason } from '../gone-reason.ts';
import type { Http2Wire } from './http2-wire.ts';

/**
 * Who uses the streams of HTTP/2 connections. Called as the bytes come; see `Http2Events` of `@portolan/http2` for what each means
 * and for how long its arguments are lent. What is sent from here leaves with everything else that the same read caused.
 */
export interface Http2Handler<Context> {
  onHead(
    wire: Http2Wire<Context>,
    stream: StreamId,
    head: FieldSection,
    endStream: boolean,
    context: Context | undefined,
  ): Context;
  /** Clients. */
  onInterim?(context: Context, stream: StreamId, head: FieldSection): void;
  onData(context: Context, stream: StreamId, bytes: Uint8Array, start: number, end: number): void;
  onEnd(context: Context, stream: StreamId, trailers: FieldSection | undefined): void;
  onWritable(context: Context, stream: StreamId): void;
  onClose(context: Context, stream: StreamId, code: ErrorCode, isUnprocessed: boolean): void;
  /** The peer's settings came, or the end of a stream made room for another (clients). */
  onRoom?(wire: Http2Wire<Context>): void;
  /** The peer takes no more streams (clients). */
  onGoaway?(wire: Http2Wire<Context>): void;
  /** The socket is closed; every stream had its `onClose`. Once. */
  onGone?(wire: Http2Wire<Context>, reason: GoneReason): void;
}
