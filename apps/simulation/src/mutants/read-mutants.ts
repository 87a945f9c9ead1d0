import { edit, type Mutant } from './mutant.ts';

export const READ_MUTANTS = {
  'read-without-quorum': {
    story: 'a leader answers reads without asking whether it still leads',
    edits: [edit('raft', 'reading.ts', '(peers.get(id)?.round ?? 0)', 'reads.round')],
  },
  'read-confirmed-by-an-old-answer': {
    story: 'rounds have no number of their own, so an old answer confirms a new read (raft#397, etcd#20418)',
    edits: [edit('raft', 'read-rounds.ts', 'this.#round += 1;', 'this.#round = 1;')],
  },
  'read-joins-the-round-under-way': {
    story: 'a read is answered by a round that had begun before it',
    edits: [
      edit(
        'raft',
        'read-rounds.ts',
        'this.#waiting.push(reader);',
        '(this.#rounds.at(-1)?.readers ?? this.#waiting).push(reader);',
      ),
    ],
  },
  'read-before-own-commit': {
    story: 'a new leader answers reads before it has committed in its term',
    edits: [edit('raft', 'reading.ts', ' || core.log.committed < leader.firstIndex) return false;', ') return false;')],
  },
  'read-before-applied': {
    story: 'a read is answered before the member has applied what it was confirmed at',
    edits: [
      edit(
        'driver',
        'waiting-reads.ts',
        'if (needed <= index) waiting.resolve();',
        'if (needed >= 0 || index >= 0) waiting.resolve();',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
