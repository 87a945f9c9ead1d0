import { edit, type Mutant } from './mutant.ts';

export const REPLICATION_MUTANTS = {
  'acknowledged-before-durable': {
    story: 'a follower acknowledges entries before they are on its disk (etcd#14370)',
    edits: [
      edit(
        'raft',
        'following.ts',
        "core.sendOnceDurable(message.from, { kind: 'appended', index });\n}",
        "core.send(message.from, { kind: 'appended', index });\n}",
      ),
    ],
  },
  'leader-counts-itself-early': {
    story: 'a leader counts its own entries before they are on its disk',
    edits: [
      edit('raft', 'leader.ts', 'id === this.#self ? this.#log.durable', 'id === this.#self ? this.#log.lastIndex'),
    ],
  },
  'figure-8': {
    story: 'a leader commits an entry of an earlier term because a majority has it (Figure 8)',
    edits: [
      edit(
        'raft',
        'replication.ts',
        'if (index <= log.committed || log.termAt(index) !== core.term) return;',
        'if (index <= log.committed) return;',
      ),
    ],
  },
  'truncated-without-conflict': {
    story: 'an append that comes late takes away entries that agree with it',
    edits: [
      edit(
        'raft',
        'following.ts',
        'const firstNew = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);',
        'const firstNew = entries.length > 0 ? 0 : -1;',
      ),
    ],
  },
  'conflict-kept': {
    story: 'entries that conflict with a leader stay when it has as many',
    edits: [
      edit(
        'raft',
        'following.ts',
        'const firstNew = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);',
        'const firstNew = entries.findIndex((entry) => entry.index > log.lastIndex);',
      ),
    ],
  },
  'heartbeat-commits-everything': {
    story: 'a heartbeat tells a follower to commit more than it is known to have',
    edits: [
      edit('raft', 'heartbeats.ts', 'logIndex(Math.min(progress.match, core.log.committed))', 'core.log.committed'),
      edit(
        'raft',
        'following.ts',
        '  if (message.committed > log.lastIndex) throw new LogLostError(core.id, message.committed, log.lastIndex);\n  log.commitTo(message.committed);',
        '  log.commitTo(logIndex(Math.min(message.committed, log.lastIndex)));',
      ),
    ],
  },
  'previous-entry-not-compared': {
    story: 'an append is taken though the entry before it is another',
    edits: [
      edit(
        'raft',
        'following.ts',
        'if (log.termAt(previousIndex) !== previousTerm) {',
        'if (previousIndex > log.lastIndex) {',
      ),
    ],
  },
  'commit-index-falls': {
    story: 'a late message takes the commit index back',
    edits: [edit('raft', 'log.ts', '    if (index <= this.#committed) return;\n', '')],
  },
  'applied-before-committed': {
    story: 'what is durable is applied, committed or not',
    edits: [edit('raft', 'raft.ts', 'Math.min(log.committed, log.durable)', 'log.durable')],
  },
  'append-aba': {
    story: 'a write that is confirmed late marks entries durable that have replaced its own',
    edits: [
      edit(
        'raft',
        'persistence.ts',
        'outstanding.lastIndex = logIndex(Math.min(outstanding.lastIndex, index - 1));',
        'outstanding.lastIndex = logIndex(Math.max(outstanding.lastIndex, index - 1));',
      ),
    ],
  },
  'forwarded-twice': {
    story: 'a batch of proposals that the network delivers twice is proposed twice',
    edits: [edit('raft', 'proposing.ts', 'if (last !== undefined && !isAfter(batch, last)) return;', '')],
  },
  'blind-retry': {
    story: 'a proposal of unknown outcome is proposed again, and both take effect (jetcd 0.8.2)',
    edits: [
      edit(
        'driver',
        'waiting-proposals.ts',
        "this.#reject(token, new ProposalUnknownError('the leader that it was sent to has not answered'));",
        'this.#again(token, waiting);',
      ),
    ],
  },
  'result-of-another': {
    story: 'a proposal is answered with what was applied where it once stood',
    edits: [
      edit(
        'driver',
        'waiting-proposals.ts',
        'if (waiting.term === term && result !== undefined) {',
        'if (result !== undefined) {',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
