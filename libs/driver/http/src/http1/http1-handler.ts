import type { Head, Http1ConnectionError } from '@portolan/http1';
import type { GoneReason } from '../gone-reason.ts';
import type { ExchangeLostError } from './exchange-lost-error.ts';
import type { Http1Wire } from './http1-wire.ts';

/** Why an exchange ended before both sides had said all. `status` is what to answer whoever waits for it. */
export type Http1Failure = Http1ConnectionError | ExchangeLostError;

/**
 * Who answers the requests of HTTP/1.1 connections, one at a time on each. Called as the bytes come; see `Http1ServerEvents` of
 * `@portolan/http1` for what each means and for how long its arguments are lent. What is sent from here leaves with everything else
 * that the same read caused; from elsewhere, when the running piece of work ends.
 */
export interface Http1Handler<Context extends object> {
  /**
   * @param head its `upgrade` is what the client would rather speak; to answer as if it were not there is to refuse it, and so it is to be
   * done with `h2c` (RFC 9113, section 3.1)
   * @returns what the following calls about this request are given
   */
  onRequest(wire: Http1Wire<Context>, head: Head, endStream: boolean): Context;
  onData(context: Context, bytes: Uint8Array, start: number, end: number): void;
  onEnd(context: Context, trailers: Head | undefined): void;
  onWritable(context: Context): void;
  /** Bytes behind a 101, or a 2xx to CONNECT. */
  onTunnel?(context: Context, bytes: Uint8Array, start: number, end: number): void;
  onTunnelEnd?(context: Context): void;
  /** The client ended its side and still may listen, or be gone: TCP does not tell. Who does not answer half-closed clients gives up now. */
  onHalfClose?(context: Context): void;
  /** The exchange is over: nothing is to be sent for it any more. Once for each `onRequest`. @param failure undefined: all was said */
  onClose(context: Context, failure: Http1Failure | undefined): void;
  /** The socket is closed; the exchange had its `onClose`. Once. */
  onGone?(wire: Http1Wire<Context>, reason: GoneReason): void;
}
