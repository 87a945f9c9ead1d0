import { edit, type Mutant } from './mutant.ts';

export const STORE_MUTANTS = {
  'serializable-by-default': {
    story: 'a read that does not say how it is meant is answered from what the member has',
    edits: [
      edit(
        'kv',
        'embedded-store.ts',
        'if (request.serializable !== true) await',
        'if (request.serializable === false) await',
      ),
    ],
  },
  'stale-compare': {
    story: 'whoever is asked compares, and others write meanwhile',
    edits: [
      edit(
        'kv',
        'embedded-store.ts',
        "import { answerRange } from './machine/answer-range.ts';",
        "import { answerRange } from './machine/answer-range.ts';\nimport { holds } from './machine/compare-keys.ts';",
      ),
      edit(
        'kv',
        'embedded-store.ts',
        'txn: request,',
        `txn: {
        ...request,
        compares: (request.compares ?? [])
          .filter((compare) => !holds(this.#local.machine.keyspaces[compare.keyspace].current, compare))
          .map((compare) => ({ ...compare, relation: 'less', target: { kind: 'version', value: 0 } })),
      },`,
      ),
    ],
  },
  'past-one-short': {
    story: 'a read of the past lacks the very revision that it asks for',
    edits: [
      edit('kv', 'machine/keyspace-state.ts', 'if (change.revision > at) break;', 'if (change.revision >= at) break;'),
    ],
  },
  'refused-writes-stay': {
    story: 'what a transaction wrote before it was refused comes with the next one',
    edits: [
      edit(
        'kv',
        'machine/state-machine.ts',
        '      for (const keyspace of KEYSPACES) this.keyspaces[keyspace].rollback();\n',
        '',
      ),
    ],
  },
  'retry-applied-twice': {
    story: 'a transaction that is tried again takes effect again',
    edits: [edit('kv', 'machine/state-machine.ts', 'if (first !== undefined) return first;', '')],
  },
  'session-not-in-the-log': {
    story: 'what tells a retry from a new transaction does not come through the log',
    edits: [
      edit(
        'kv',
        'log/command-codec.ts',
        "session === 0n ? undefined : { session: sessionId(session), sequence: checkedInteger(sequence, 'sequence') };",
        'session >= 0n ? undefined : { session: sessionId(session), sequence: checkedInteger(sequence) };',
      ),
    ],
  },
  'sessions-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot knows no session',
    edits: [
      edit(
        'kv',
        'snapshot/write-snapshot.ts',
        '  for (const [id, session] of sessions) yield* slicesOfSession(writer, id, session);\n',
        '',
      ),
    ],
  },
  'results-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot knows sessions, and not what they were answered: it applies a retry',
    edits: [
      edit(
        'kv',
        'snapshot/write-snapshot.ts',
        'for (const [sequence, applied] of results) {',
        'for (const [sequence, applied] of [...results].slice(results.size)) {',
      ),
    ],
  },
  'floor-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot shows a past that was compacted, as it never was',
    edits: [edit('kv', 'snapshot/write-snapshot.ts', 'floor: BigInt(floor) } }, 0);', 'floor: 1n } }, 0);')],
  },
  'lease-keys-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot does not know which keys a lease has: they outlive it',
    edits: [edit('kv', 'snapshot/keyspace-restorer.ts', '    this.#leases.follow(this.#keyspace, changed);\n', '')],
  },
  'compaction-beside-the-log': {
    story: 'who leads forgets history by itself, and nobody else does',
    edits: [
      edit(
        'kv',
        'auto-compaction.ts',
        ".then(() => propose({ kind: 'compact', keyspace, revision: oldest }))",
        '.then(() => { this.#options.keyspaces()[keyspace].compact(oldest); })',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
