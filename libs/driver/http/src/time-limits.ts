/** How long a peer may take, in milliseconds. Each bound keeps somebody slow from holding a connection for nothing. */
export interface TimeLimits {
  /** From the accepted connection to its first byte, the TLS handshake included. */
  readonly firstByteMs: number;
  /** From the first byte of a head, or of any HTTP/2 frame but DATA, to its last (slowloris). */
  readonly headMs: number;
  /** Between two reads of content that a request owes, while we would take it. Infinity where streams may be silent, as gRPC's. */
  readonly contentIdleMs: number;
  /** Content slower than this, in bytes a second over `contentIdleMs`, is as good as none. 0: any pace will do. */
  readonly contentBytesPerSecondMin: number;
  /** Output that the peer does not take at all for this long (slow read). */
  readonly writeStallMs: number;
  /** A connection without a request may stay this long. Longer than clients keep theirs, so that they, not we, close it. */
  readonly idleMs: number;
  /** A connection that was told its end has this long to close. */
  readonly lingerMs: number;
}

/** For servers that anybody can reach. 240 bytes a second is what nginx-era defences settled on: a modem does ten times that. */
export const DEFAULT_TIME_LIMITS: TimeLimits = {
  firstByteMs: 10_000,
  headMs: 10_000,
  contentIdleMs: 30_000,
  contentBytesPerSecondMin: 240,
  writeStallMs: 30_000,
  idleMs: 75_000,
  lingerMs: 2_000,
};

/** How long a server may take to answer our requests, in milliseconds. Infinity: who asks has time limits of its own. */
export interface ClientTimeLimits {
  /** From the end of a request to the head of its response; an interim response begins it anew. */
  readonly responseMs: number;
  /** Between two reads of a response's content, while we would take it. */
  readonly contentIdleMs: number;
  /** Output that the server does not take at all. */
  readonly writeStallMs: number;
}

/** As nginx has them for its upstreams, but for output: a server that takes none of it for this long will not. */
export const DEFAULT_CLIENT_TIME_LIMITS: ClientTimeLimits = {
  responseMs: 60_000,
  contentIdleMs: 60_000,
  writeStallMs: 30_000,
};

/** Time limits are looked at this often: they are late by at most so much. One timer serves all connections. */
export const SWEEP_MS = 250;
