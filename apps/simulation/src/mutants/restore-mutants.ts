import { edit, type Mutant } from './mutant.ts';

export const RESTORE_MUTANTS = {
  'restore-keeps-revisions': {
    story: 'a cluster that begins from a backup makes revisions again that the one before has made',
    edits: [
      edit('kv', 'backup/restore-state.ts', 'revision(before.revision + revisionMargin)', 'revision(before.revision)'),
    ],
  },
  'restore-keeps-history': {
    story: 'a watch is taken up by the cluster that begins from a backup, and misses what was after it',
    edits: [
      edit(
        'kv',
        'backup/restore-state.ts',
        "keyspaces: { user: begin('user'), catalog:",
        'keyspaces: { user: before.keyspaces.user, catalog:',
      ),
    ],
  },
  'restore-forgets-answers': {
    story: 'what was applied before the backup is applied again when it is tried again after the restore',
    edits: [
      edit(
        'kv',
        'backup/restore-state.ts',
        '    ...before,\n    index:',
        '    ...before,\n    sessions: new (Object.getPrototypeOf(before.sessions).constructor)(),\n    index:',
      ),
    ],
  },
  'restore-forgets-leases': {
    story: 'a cluster that begins from a backup knows no lease: their keys never end',
    edits: [
      edit(
        'kv',
        'backup/restore-state.ts',
        '    ...before,\n    index:',
        '    ...before,\n    leases: new (Object.getPrototypeOf(before.leases).constructor)(),\n    index:',
      ),
    ],
  },
  'restore-of-nothing': {
    story: 'a state of entry 0 is no snapshot to members: they begin with nothing, at the first revision',
    edits: [edit('kv', 'backup/restore-state.ts', 'Math.max(INDEX_MIN, before.index)', 'before.index')],
  },
  'backup-torn': {
    story: 'a backup says at which index it was begun, and holds what was there when it was read',
    edits: [
      edit(
        'kv',
        'store-admin.ts',
        'for (const piece of writeBackup(header, machine.snapshot())) {',
        'for (const piece of writeBackup(header, { *[Symbol.iterator]() { yield* machine.snapshot(); } })) {',
      ),
    ],
  },
  'damaged-backup-restored': {
    story: 'of a backup only the end is compared, and it says nothing of the slices before it',
    edits: [
      edit('kv', 'backup/read-backup.ts', 'if (crc32(slice) !== head.readUInt32LE(4)) {', 'if (length < 0) {'),
      edit(
        'kv',
        'backup/read-backup.ts',
        'if (Buffer.compare(sha256, written) !== 0)',
        'if (sha256.length !== written.length)',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
