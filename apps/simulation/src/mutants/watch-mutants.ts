import { edit, type Mutant } from './mutant.ts';

export const WATCH_MUTANTS = {
  'watch-begins-behind-compaction': {
    story: 'a watch of what is compacted begins with what is left',
    edits: [
      edit('kv', 'watch/watcher.ts', 'if (this.#start < keyspace.floor) throw', 'if (this.#start < 0) throw'),
      edit('kv', 'watch/catch-up.ts', 'if (watcher.from < floor)', 'if (watcher.from < 0)'),
    ],
  },
  'watch-gap-at-resumption': {
    story: 'a watch that is resumed lacks the first revision that it asks for',
    edits: [edit('kv', 'watch/catch-up.ts', 'Math.min(from, watcher.from)', 'Math.min(from, watcher.from + 1)')],
  },
  'watch-gap-at-a-snapshot': {
    story: 'a member that was sent a snapshot does not tell its watchers what has happened meanwhile',
    edits: [edit('kv', 'local-state.ts', '        this.watches.resume(before);\n', '')],
  },
  'watch-event-twice': {
    story: 'what a watcher was told last it is told again after a snapshot',
    edits: [edit('kv', 'watch/watcher.ts', 'Math.max(this.#start, before + 1)', 'Math.max(this.#start, before)')],
  },
  'watch-says-too-little': {
    story: 'a batch says that less has come than has: who goes on from there is told again',
    edits: [
      edit(
        'kv',
        'watch/watcher.ts',
        "return events.length === 0 ? undefined : { kind: 'events', ...header, events };",
        "return events.length === 0 ? undefined : { kind: 'events', ...header, revision: header.revision - 1, events };",
      ),
    ],
  },
  'watch-before-its-start': {
    story: 'a watch from a revision to come shows what is before it',
    edits: [edit('kv', 'watch/watcher.ts', ' || change.revision < this.#from || ', ' || ')],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
