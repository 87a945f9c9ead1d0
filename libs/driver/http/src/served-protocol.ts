import type { Socket } from 'node:net';

/** A connection as the server sees it, whatever it speaks. */
export interface ServedConnection {
  /** Ends what is overdue; called every `SWEEP_MS`. @param now ms of the server's clock */
  sweep(now: number): void;
  /** Takes no new requests, finishes what is under way, then closes by itself. */
  drain(): void;
  /** Closes now. */
  destroy(): void;
}

/** What a server speaks on a connection. Extension point: HTTP/1.1 and HTTP/2 are one row each of `HttpServerOptions.protocols`. */
export interface ServedProtocol {
  /** Takes over a connection. @param onGone must be called once, when the socket is closed */
  accept(socket: Socket, peer: string, onGone: () => void): ServedConnection;
}
