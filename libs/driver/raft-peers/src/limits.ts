/** Bounds and times of `openPeers`. */
export interface PeersLimits {
  /**
   * Appends and forwarded proposals that wait for one peer, in bytes. Full: they are dropped, which Raft makes good once there is room.
   * Twice what a leader has under way to one follower, so that only one that takes nothing fills it.
   */
  readonly bulkBytes: number;
  /** Other messages that wait for one peer. Full: they are dropped. They are a few dozen bytes each. */
  readonly urgentMessages: number;
  /** All snapshots together leave no faster, in bytes a second. Higher: a new member is sooner of use, the network sooner full. */
  readonly snapshotBytesPerSecond: number;
  /** Snapshots under way at a time, each way. One more is refused, and the leader tries again. */
  readonly snapshots: number;
  /** A snapshot whose connection broke goes on if it comes back within this, ms. Held meanwhile: its file, no memory. */
  readonly snapshotResumeMs: number;
  /** A peer that answers no ping for so long is gone, ms. A few election timeouts: what Raft decides without it comes first. */
  readonly silenceMs: number;
  /** A ping goes this often, ms. */
  readonly pingMs: number;
  /** Connecting and the peer's hello may take so long, ms. */
  readonly helloMs: number;
  /** Attempts to reach a peer are at most so far apart, ms; the first is at once. */
  readonly redialMs: number;
}

export const DEFAULT_PEERS_LIMITS: PeersLimits = {
  bulkBytes: 16 * 1_048_576,
  urgentMessages: 4_096,
  snapshotBytesPerSecond: 64 * 1_048_576,
  snapshots: 4,
  snapshotResumeMs: 60_000,
  silenceMs: 3_000,
  pingMs: 500,
  helloMs: 2_000,
  redialMs: 1_000,
};
