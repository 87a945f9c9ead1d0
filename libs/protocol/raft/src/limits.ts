/** Defaults of `RaftOptions`; each with its reason. Ticks are the driver's: it decides how long one is (100 ms). */

/** Heartbeats of a leader are this far apart: one tick, as etcd's 100 ms. */
export const HEARTBEAT_TICKS = 1;
/** A follower that hears nothing campaigns after this to twice this (§9.3 asks for ≥ 10 × the round trip; as etcd's 1,000 ms). */
export const ELECTION_TICKS = 10;
/** Entries in one append. A larger entry travels alone; a longer message delays the heartbeat behind it. */
export const APPEND_BYTES_MAX = 1_048_576;
/** Appends under way to one follower. Full: nothing more is sent until it answers. */
export const IN_FLIGHT_APPENDS_MAX = 512;
/** Bytes under way to one follower: what a slow one may make a leader's sockets buffer. */
export const IN_FLIGHT_BYTES_MAX = 8 * APPEND_BYTES_MAX;
/** Proposals not yet committed. Full: `propose` throws `OverloadedError`; a longer queue only turns overload into latency. */
export const UNCOMMITTED_BYTES_MAX = 32 * 1_048_576;
/** Committed entries in one `Ready`: what is applied before the loop looks at its messages again. */
export const COMMITTED_BYTES_MAX = 4 * 1_048_576;
/** Reads and forwarded proposals of a follower, or reads of a leader, that wait for an answer. Full: `OverloadedError`. */
export const UNANSWERED_MAX = 4_096;
/** Of the proposals among them: no more than the leader would take of its own clients. Full: `OverloadedError`. */
export const UNANSWERED_BYTES_MAX = UNCOMMITTED_BYTES_MAX;
/** A learner becomes a voter once it has this part of the leader's log (etcd): a voter that lags weakens the quorum. */
export const PROMOTABLE_PART = 0.9;
/** A snapshot under way for so many election timeouts is taken for lost; the follower is probed again. */
export const SNAPSHOT_ELECTION_TIMEOUTS = 60;
/** What an entry costs beyond its data, in every count of bytes: none is free, or empty ones would never fill a window. */
export const ENTRY_OVERHEAD_BYTES = 32;
