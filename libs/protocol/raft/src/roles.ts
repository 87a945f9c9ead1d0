import { assert } from '@portolan/kernel';
import type { Core } from './core.ts';
import { term, type MemberId, type Term } from './ids.ts';
import { Leader } from './leader.ts';
import type { Message } from './message.ts';
import { appendOwn } from './append-own.ts';
import { dropReads } from './reading.ts';

/** @param leader of `newTerm`, if it is known */
export function becomeFollower(core: Core, newTerm: Term, leader: MemberId | undefined, why: string): void {
  assert(newTerm >= core.term, 'terms never fall');
  const changes = core.role.kind !== 'follower' || newTerm > core.term;
  leave(core, leader);
  if (newTerm > core.term) {
    core.term = newTerm;
    core.vote = undefined;
  }
  core.role = { kind: 'follower' };
  core.leader = leader;
  core.restartElectionTimer();
  if (changes) core.trace({ kind: 'became', role: 'follower', term: newTerm, why });
}

/** Asks whether it would be elected, at no cost to anybody: neither term nor vote change (§9.6 of the thesis). */
export function becomePreCandidate(core: Core, why: string): void {
  leave(core, undefined);
  core.role = { kind: 'pre-candidate', votes: new Map(), transfer: false };
  core.leader = undefined;
  core.restartElectionTimer();
  core.trace({ kind: 'became', role: 'pre-candidate', term: core.term, why });
}

/** A new term, in which this member votes for itself. */
export function becomeCandidate(core: Core, transfer: boolean, why: string): void {
  leave(core, undefined);
  core.term = term(core.term + 1);
  core.vote = core.id;
  core.role = { kind: 'candidate', votes: new Map(), transfer };
  core.leader = undefined;
  core.restartElectionTimer();
  core.trace({ kind: 'became', role: 'candidate', term: core.term, why });
}

export function becomeLeader(core: Core): void {
  assert(core.role.kind === 'candidate', 'only who was elected leads');
  assert(core.vote === core.id, 'a leader has its own vote');
  leave(core, core.id);
  const leader = new Leader(core.id, core.log, core.limits);
  core.role = leader;
  core.leader = core.id;
  core.restartElectionTimer();
  core.trace({ kind: 'became', role: 'leader', term: core.term, why: 'a quorum voted for it' });
  const { configuration, lastIndex } = core.log;
  // The first entry of all names the first members: who joins later has no other place to learn them from, nor has its snapshot.
  if (lastIndex === 0) appendOwn(core, leader, { kind: 'configuration', configuration, context: new Uint8Array(0) });
  else appendOwn(core, leader, { kind: 'empty' });
}

/** What the old role, and who followed the old leader, can't finish any more. */
function leave(core: Core, nextLeader: MemberId | undefined): void {
  if (core.role.kind === 'leader') dropReads(core, core.role);
  if (core.leader === nextLeader) return;
  const { placements, reads } = core.questions.leaderChanged();
  core.placements.push(...placements);
  core.reads.push(...reads);
}

/** A message of a leader says that it leads. */
export function followSender(core: Core, message: Message): void {
  assert(core.role.kind !== 'leader', 'two leaders in one term (Election Safety, §5.2)');
  if (core.role.kind !== 'follower' || core.leader !== message.from) {
    becomeFollower(core, core.term, message.from, `member ${message.from} leads`);
  }
  core.electionElapsed = 0;
}
