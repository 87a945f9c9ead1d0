const MIB = 1024 * 1024;

/** A segment file, as etcd's. Larger: fewer rotations, and more that stays on disk until a whole segment can go. */
export const SEGMENT_BYTES = 64 * MIB;
/** The smallest that is of use: one for tests. */
export const SEGMENT_BYTES_MIN = 4_096;
/** What leaves in one write and one sync. More waits for the next: a batch is held in memory, and its callers wait for all of it. */
export const GROUP_BYTES_MAX = 8 * MIB;
/** What its length field can say. */
export const RECORD_BYTES_MAX = 2 ** 24 - 1;
/** One append is one write, and is held in memory: what is larger belongs in a snapshot. */
export const APPEND_BYTES_MAX = 256 * MIB;
/** Appends that wait for the disk. One more is refused: a longer queue only turns a slow disk into latency. */
export const WAITING_BYTES_MAX = 64 * MIB;
/** A record that each segment begins with: it is written again with every one. */
export const CARRIED_RECORD_BYTES_MAX = 64 * 1024;
/**
 * A segment is filled with zeros by so many bytes a sync: what the disk must take in one go is what a batch waits for behind it.
 */
export const FILL_BYTES = MIB;
