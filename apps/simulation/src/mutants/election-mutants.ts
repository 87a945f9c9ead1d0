import { edit, type Mutant } from './mutant.ts';

export const ELECTION_MUTANTS = {
  'vote-not-persisted': {
    story: 'a vote is answered before it is durable, so that a crash lets a member vote twice in a term',
    edits: [
      edit(
        'raft',
        'election.ts',
        "core.sendOnceDurable(request.from, { kind: 'vote-response', granted: true });",
        "core.send(request.from, { kind: 'vote-response', granted: true });",
      ),
    ],
  },
  'vote-not-written': {
    story: 'the vote is left out of the hard state',
    edits: [
      edit(
        'raft',
        'core.ts',
        'return { term: this.term, vote: this.vote, committed',
        'return { term: this.term, vote: undefined, committed',
      ),
    ],
  },
  'vote-not-remembered': {
    story: 'a member votes for everybody who asks in a term',
    edits: [
      edit(
        'raft',
        'election.ts',
        '(core.vote === undefined && core.leader === undefined) ||',
        'core.leader === undefined ||',
      ),
    ],
  },
  'candidate-behind': {
    story: 'a candidate whose log lacks committed entries is elected (§5.4.1 left out)',
    edits: [
      edit(
        'raft',
        'election.ts',
        'const granted = isFree && core.log.isUpToDate(request.lastTerm, request.lastIndex);',
        'const granted = isFree;',
      ),
    ],
  },
  'longer-log-wins': {
    story: 'logs are compared by length, not by the term of their last entry',
    edits: [
      edit(
        'raft',
        'log.ts',
        'return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);',
        'return lastTerm >= 0 && lastIndex >= this.lastIndex;',
      ),
    ],
  },
  'half-is-a-majority': {
    story: 'two of four voters elect a leader',
    edits: [edit('raft', 'quorum.ts', 'Math.floor(voters.length / 2) + 1', 'Math.ceil(voters.length / 2)')],
  },
  'pre-vote-deadlock': {
    story: 'pre-votes are refused for the sake of a leader that nobody hears any more (hashicorp/raft#606)',
    edits: [
      edit(
        'raft',
        'election.ts',
        '(core.leader !== undefined && core.electionElapsed < core.limits.electionTicks)',
        'core.leader !== undefined',
      ),
      edit(
        'raft',
        'roles.ts',
        "core.role = { kind: 'pre-candidate', votes: new Map(), transfer: false };\n  core.leader = undefined;",
        "core.role = { kind: 'pre-candidate', votes: new Map(), transfer: false };",
      ),
    ],
  },
  'vote-asked-before-durable': {
    story: 'a candidate asks for votes before its own is durable, and has forgotten it after a crash',
    edits: [
      edit(
        'raft',
        'election.ts',
        "core.sendOnceDurable(id, { kind: 'vote', lastIndex",
        "core.send(id, { kind: 'vote', lastIndex",
      ),
    ],
  },
  'hung-disk-leads-on': {
    story: 'a leader on whose disk nothing completes goes on leading',
    edits: [
      edit(
        'raft',
        'ticking.ts',
        'if (core.persistence.stalledTicks >= electionTicks) {',
        'if (core.persistence.stalledTicks < 0) {',
      ),
    ],
  },
  'term-falls-in-a-vote': {
    story: 'a vote in a later term does not raise the own term',
    edits: [
      edit(
        'raft',
        'receiving.ts',
        'if (!message.transfer && isInLease(core)) return false;\n      break;',
        'return message.transfer || !isInLease(core);',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
