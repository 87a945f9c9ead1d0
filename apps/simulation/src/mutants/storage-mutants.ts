import { edit, type Mutant } from './mutant.ts';

export const STORAGE_MUTANTS = {
  'log-not-synced': {
    story: 'the log is written, and not synced',
    edits: [
      edit('storage', 'wal/blank-segments.ts', "this.disk.open(path, 'durable')", "this.disk.open(path, 'read-write')"),
    ],
  },
  'sync-tried-again': {
    story: 'a failed sync is repeated, and succeeds, for the kernel has dropped the pages (fsyncgate)',
    edits: [
      edit(
        'storage',
        'wal/segment-writer.ts',
        'tail.file.write(tail.position, [batch.bytes])',
        'tail.file.write(tail.position, [batch.bytes]).catch(() => tail.file.syncData())',
      ),
    ],
  },
  'tail-trusted': {
    story: 'what is read at the start is trusted to be on disk, though it may only be in memory',
    edits: [
      edit(
        'storage',
        'wal/open-wal.ts',
        "  await onDisk('write', path, file.write(lastBatchAt, [bytes.subarray(lastBatchAt, end)]));\n",
        '  if (bytes.length < lastBatchAt) throw new Error(path);\n',
      ),
    ],
  },
  'checksum-not-compared': {
    story: 'a batch is taken whose bytes are not those that were written',
    edits: [
      edit(
        'storage',
        'wal/batch-format.ts',
        'return checksum(bytes.subarray(header.offset + BATCH_HEADER_BYTES, end), header.previous) === header.checksum;',
        'return header.checksum >= 0;',
      ),
    ],
  },
  'segment-not-named': {
    story: 'the folder of the log is not synced after a new segment got its name',
    edits: [
      edit(
        'storage',
        'wal/segment-writer.ts',
        'this.disk.rename(blank.path, path));\n    await syncFolder(this.disk, this.folder);',
        'this.disk.rename(blank.path, path));',
      ),
    ],
  },
  'snapshot-marked-before-it-is-there': {
    story: 'the log says that there is a snapshot before it is on disk',
    edits: [
      edit(
        'driver',
        'snapshot-keeper.ts',
        '      await snapshots.save({ index, metadata: encodeMetadata(metadata), slices, signal });\n',
        "      await wal.append([encodeMark({ index, term: metadata.term, origin: 'taken' })]);\n      await snapshots.save({ index, metadata: encodeMetadata(metadata), slices, signal });\n",
      ),
    ],
  },
  'log-let-go-too-early': {
    story: 'segments are removed that no snapshot holds yet',
    edits: [
      edit(
        'driver',
        'segment-ends.ts',
        'segment >= current || (this.#ends.get(segment) ?? 0) > index',
        'segment >= current',
      ),
    ],
  },
  'conflicts-not-overwritten': {
    story: 'at the start, entries that were replaced are still there beside those that replaced them',
    edits: [
      edit(
        'driver',
        'log-replay.ts',
        'this.#entries.length = Math.max(0, entry.index - first);',
        'if (entry.index <= last) return;\n    this.#entries.length = Math.max(0, entry.index - first);',
      ),
    ],
  },
  'older-snapshot-installed': {
    story: 'a snapshot that is behind takes a member back',
    edits: [
      edit('raft', 'following.ts', 'if (snapshot.index > log.committed) {', 'if (snapshot.index > 0) {'),
      edit(
        'raft',
        'log.ts',
        "    assert(snapshot.index > this.#committed, 'a snapshot never takes the commit index back');\n",
        '',
      ),
    ],
  },
  'disk-order-lost': {
    story: 'a ready counts as durable when any later one is',
    edits: [
      edit(
        'driver',
        'log-writer.ts',
        'first?.isDurable === true && first.isInstalled;',
        'first?.isInstalled === true;',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
