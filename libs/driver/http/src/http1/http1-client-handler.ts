import type { Head } from '@portolan/http1';
import type { Http1Failure } from './http1-handler.ts';

/**
 * Who asks, and is answered, over the connections of an `Http1Pool`. Called as the bytes come; see `Http1ClientEvents` of
 * `@portolan/http1` for what each means and for how long its arguments are lent.
 */
export interface Http1ClientHandler<Context extends object> {
  onInterim?(context: Context, head: Head): void;
  onResponse(context: Context, head: Head, endStream: boolean): void;
  onData(context: Context, bytes: Uint8Array, start: number, end: number): void;
  onEnd(context: Context, trailers: Head | undefined): void;
  onWritable(context: Context): void;
  /** Bytes behind a 101, or a 2xx to CONNECT. */
  onTunnel?(context: Context, bytes: Uint8Array, start: number, end: number): void;
  onTunnelEnd?(context: Context): void;
  /**
   * The exchange is over: the connection belongs to others now. Once for each request that was begun.
   * @param failure undefined: the response is whole
   * @param isReplayable the connection had been used before, and its server ended it before a byte of the response: most likely it was
   * idle for too long, and the request crossed with its end. Send it once more on another one if it may come twice (RFC 9112, section 9.3.1)
   */
  onClose(context: Context, failure: Http1Failure | undefined, isReplayable: boolean): void;
}
