/** Signs of life on a connection that is silent. */
export interface KeepAlive {
  /** A silent connection is pinged this often, ms; Infinity: never. Lower: a dead host is noticed sooner. */
  readonly intervalMs: number;
  /** A ping not answered for this long means that the peer is gone, ms. */
  readonly timeoutMs: number;
}

/** A host that vanished without a word is noticed within 15 s; one that crashed says so at once. */
export const DEFAULT_KEEP_ALIVE: KeepAlive = { intervalMs: 10_000, timeoutMs: 5_000 };
