/**
 * What one peer may make a connection hold or do. Each bound says what happens past it, in the server's role; a client's
 * connection fails with the same error. `limits.spec.ts` reaches each.
 */
export interface Http1Limits {
  /** Start line and fields together, in bytes; a head that comes in pieces is held up to this. Past it: 431. */
  readonly headBytes: number;
  /** Fields of a head, and of trailers: each is looked at several times on its way through a gateway. Past it: 431. */
  readonly fields: number;
  /** The method, in bytes: nobody implements a longer one. Past it: 501. */
  readonly methodBytes: number;
  /** The request target, in bytes. Past it: 414. */
  readonly uriBytes: number;
  /** Options that the Connection fields name: each is looked for among all fields. Past it: 400. */
  readonly connectionOptions: number;
  /** Digits of a chunk's size, leading zeros too: 2^53 − 1 is never reached. Past it: 400. */
  readonly chunkSizeDigits: number;
  /** Chunk extensions of one message, in bytes: nobody reads them, and they are no content that a limit would count (CVE-2023-39326). Past it: 400. */
  readonly chunkExtensionBytes: number;
  /** Trailer fields of a message, in bytes. Past it: 431. */
  readonly trailerBytes: number;
  /** Content of one message, in bytes; content that is dropped counts as well. Past it: 413, at once when the length is declared. */
  readonly contentBytes: number;
  /**
   * Content that is read and dropped after the response was finished early, so that the connection can be used again, in bytes.
   * Past it the connection closes.
   */
  readonly drainedBytes: number;
  /**
   * Input behind the current request that is held until its response is finished, in bytes, plus one read. Past it `wantsRead` is false;
   * a driver that reads on nevertheless ends the connection.
   */
  readonly pipelinedBytes: number;
  /** Output that waits for the socket before content is no longer taken and the next request no longer begun, in bytes. */
  readonly outputBytes: number;
  /** Interim responses before a final one (client): without a bound a server never lets go. Past it the connection fails. */
  readonly interims: number;
}

/** Sizes as nginx, HAProxy and Node have them by default. */
export const DEFAULT_LIMITS: Http1Limits = {
  headBytes: 16_384,
  fields: 100,
  methodBytes: 32,
  uriBytes: 8_192,
  connectionOptions: 16,
  chunkSizeDigits: 8,
  chunkExtensionBytes: 4_096,
  trailerBytes: 8_192,
  contentBytes: 1_073_741_824,
  drainedBytes: 262_144,
  pipelinedBytes: 16_384,
  outputBytes: 262_144,
  interims: 32,
};

/** A client asked for what it gets: responses are as long as they are. */
export const DEFAULT_CLIENT_LIMITS: Http1Limits = { ...DEFAULT_LIMITS, contentBytes: Number.MAX_SAFE_INTEGER };
