const MIB = 1024 * 1024;

/** What is read and checked at once, and so what a reader holds in memory. */
export const SLICE_BYTES_MAX = 4 * MIB;
/** What the metadata may take: it is read whole. */
export const METADATA_BYTES_MAX = MIB;
/** Written so far between two syncs: what the disk must take in one go is what the log waits for behind it. */
export const UNSYNCED_BYTES_MAX = MIB;
