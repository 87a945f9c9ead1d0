import type { Http1ConnectionError } from './connection-error.ts';
import type { Head } from './head.ts';

/** What both roles are told, in the order of the bytes. */
interface MessageEvents {
  /** Some of the content, lent until the call returns. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The peer's message is whole; not called when its head said so already. @param trailers lent until the call returns */
  onEnd(trailers: Head | undefined): void;
  /** Content that `data` did not take may be tried again. */
  onWritable(): void;
  /** Bytes behind a switch of protocols or a CONNECT: they are no HTTP. Lent until the call returns. */
  onTunnel(bytes: Uint8Array, start: number, end: number): void;
  /** The peer's side of the tunnel ended. */
  onTunnelEnd(): void;
  /**
   * The connection is lost: the exchange in progress, if there is one, will not be finished, and methods do nothing any more. What is in
   * `output` may say why to the peer: write it, then close.
   */
  onError(error: Http1ConnectionError): void;
}

/**
 * What a server's connection tells. Called within `receive`, `receiveEnd`, `flushed` and `timeOut` only, never within a call that
 * sends; every method of the connection but these four may be called from here, and `flushed` too.
 */
export interface Http1ServerEvents extends MessageEvents {
  /**
   * A request began. Another one is told only when this one is answered.
   * @param head lent until the call returns
   * @param endStream it has no content: neither `onData` nor `onEnd` follows
   */
  onRequest(head: Head, endStream: boolean): void;
}

/** What a client's connection tells, as `Http1ServerEvents` does. */
export interface Http1ClientEvents extends MessageEvents {
  /** An interim response, 1xx but 101. */
  onInterim(head: Head): void;
  /**
   * The final response began. When `phase` is `tunnel` now (101, or a 2xx to CONNECT) the rest is no HTTP.
   * @param endStream it has no content: neither `onData` nor `onEnd` follows, and `canRequest` may be true already
   */
  onResponse(head: Head, endStream: boolean): void;
}
