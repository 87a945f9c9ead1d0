export { StorageDamageError, ForeignFileError, UnknownFormatError } from './damage.ts';
export { DiskDeniedError, DiskError, DiskFailedError, DiskFullError } from './disk-errors.ts';
export type { Disk, DiskFile, OpenMode } from './disk.ts';
export { FolderInUseError, lockFolder } from './lock-folder.ts';
export { nodeDisk } from './node-disk.ts';
export { SnapshotAbsentError, SnapshotCorruptError, SnapshotPartTooLargeError } from './snapshot/errors.ts';
export { METADATA_BYTES_MAX, SLICE_BYTES_MAX } from './snapshot/limits.ts';
export {
  openSnapshots,
  type NewSnapshot,
  type OpenedSnapshots,
  type OpenSnapshot,
  type SnapshotContent,
  type SnapshotStore,
  type SnapshotsOptions,
} from './snapshot/open-snapshots.ts';
export {
  AppendTooLargeError,
  WalClosedError,
  WalCorruptError,
  WalFailedError,
  WalGapError,
  WalOverloadedError,
  WalTruncatedError,
} from './wal/errors.ts';
export { inspectWal, type InspectWalOptions, type SegmentFindings, type WalFindings } from './wal/inspect-wal.ts';
export {
  APPEND_BYTES_MAX,
  CARRIED_RECORD_BYTES_MAX,
  GROUP_BYTES_MAX,
  RECORD_BYTES_MAX,
  SEGMENT_BYTES,
  WAITING_BYTES_MAX,
} from './wal/limits.ts';
export { openWal, type OpenedWal, type WalOptions } from './wal/open-wal.ts';
export type { TornTail, WalBatch, WalRecord } from './wal/record.ts';
export type { Wal, WalCounters } from './wal/wal.ts';
