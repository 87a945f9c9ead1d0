import {
  logIndex,
  type Entry,
  type LogIndex,
  type MemberId,
  type Message,
  type RaftEvent,
  type RaftStatus,
} from '@portolan/raft';
import type { CommittedCommand } from '@portolan/raft-driver';
import { Violation } from '../violation.ts';

export const ELECTION_SAFETY = 'Election Safety (Raft §5.2)';
export const LEADER_APPEND_ONLY = 'Leader Append-Only (Raft §5.3)';
export const LOG_MATCHING = 'Log Matching (Raft §5.3)';
export const LEADER_COMPLETENESS = 'Leader Completeness (Raft §5.4)';
export const STATE_MACHINE_SAFETY = 'State Machine Safety (Raft §5.4.3)';
export const ONE_VOTE = 'One vote a term (Raft §5.2)';
export const COMMIT_MONOTONIC = 'Commit index never moves down';

/** What a checker needs of a member. */
export interface Observed {
  readonly status: RaftStatus;
  entryAt(index: LogIndex): Entry | undefined;
}

interface Seen {
  /** Which object: another after a restart. */
  readonly member: Observed;
  readonly status: RaftStatus;
  readonly lastTerm: number;
  /** Its log was compared up to here. */
  readonly compared: number;
}

interface SeenEntry {
  readonly content: string;
  readonly previousTerm: number | undefined;
}

/**
 * Raft's safety properties over all members that ever ran (Raft, Figure 3), looked at after every step of the world. Each entry of each
 * log is compared once with what any other log ever had at its index and term: with the term before it, that is Log Matching by induction.
 */
export class SafetyChecker {
  readonly #leaders = new Map<number, MemberId>();
  readonly #entries = new Map<number, Map<number, SeenEntry>>();
  readonly #committedTerms: number[] = [];
  /** The latest term in which a leader was seen to commit. */
  #committingTerm = 0;
  readonly #applied: string[] = [];
  readonly #votes = new Map<string, MemberId>();
  readonly #seen = new Map<MemberId, Seen>();
  readonly #truncatedTo = new Map<MemberId, number>();

  /** Called after each step with each member that runs. */
  look(id: MemberId, member: Observed): void {
    const { status } = member;
    const before = this.#seen.get(id);
    const seen = before?.member === member ? before : undefined;
    const isSame =
      seen?.status.term === status.term &&
      seen.status.role === status.role &&
      seen.status.lastIndex === status.lastIndex &&
      seen.status.committed === status.committed &&
      !this.#truncatedTo.has(id);
    if (isSame) return;
    const lastTerm = member.entryAt(status.lastIndex)?.term ?? 0;
    if (status.role === 'leader') this.#lookAtLeader(id, member, seen);
    const compared = this.#compareLog(id, member, seen);
    this.#compareCommitted(id, member, seen);
    this.#seen.set(id, { member, status, lastTerm, compared });
  }

  #lookAtLeader(id: MemberId, member: Observed, seen: Seen | undefined): void {
    const { status } = member;
    const { term } = status;
    const elected = this.#leaders.get(term);
    if (elected !== undefined && elected !== id) {
      throw new Violation(ELECTION_SAFETY, `members ${elected} and ${id} both lead term ${term}`);
    }
    const isNew = seen?.status.role !== 'leader' || seen.status.term !== term;
    if (isNew) {
      this.#leaders.set(term, id);
      this.#checkCompleteness(id, member);
      return;
    }
    const { lastIndex } = seen.status;
    const kept = member.entryAt(lastIndex);
    const isKept = status.lastIndex >= lastIndex && (kept === undefined || kept.term === seen.lastTerm);
    if (!isKept) {
      throw new Violation(
        LEADER_APPEND_ONLY,
        `leader ${id} of term ${term} has lost its entry ${seen.lastTerm}/${lastIndex}`,
      );
    }
  }

  #checkCompleteness(id: MemberId, member: Observed): void {
    const { status } = member;
    const last = this.#committedTerms.length - 1;
    if (status.term <= this.#committingTerm || last <= 0) return;
    const committedTerm = this.#committedTerms[last];
    const isHere =
      status.lastIndex >= last && (last < status.firstIndex || member.entryAt(logIndex(last))?.term === committedTerm);
    if (isHere) return;
    const name = `${committedTerm ?? '?'}/${last}`;
    throw new Violation(
      LEADER_COMPLETENESS,
      `${name}, committed in term ${this.#committingTerm}, is missing at ${id}, leader of term ${status.term}`,
    );
  }

  #compareLog(id: MemberId, member: Observed, seen: Seen | undefined): number {
    const { firstIndex, lastIndex } = member.status;
    const truncatedTo = this.#truncatedTo.get(id) ?? Number.POSITIVE_INFINITY;
    this.#truncatedTo.delete(id);
    const start = Math.max(firstIndex, Math.min(seen?.compared ?? 0, truncatedTo) + 1);
    for (let index = start; index <= lastIndex; index += 1) {
      const entry = member.entryAt(logIndex(index));
      if (entry === undefined) continue;
      this.#compareEntry(id, entry, member.entryAt(logIndex(index - 1))?.term);
    }
    return lastIndex;
  }

  #compareEntry(id: MemberId, entry: Entry, previousTerm: number | undefined): void {
    const content = contentOf(entry);
    let terms = this.#entries.get(entry.index);
    if (terms === undefined) this.#entries.set(entry.index, (terms = new Map<number, SeenEntry>()));
    const other = terms.get(entry.term);
    if (other === undefined) {
      terms.set(entry.term, { content, previousTerm });
      return;
    }
    const name = `entry ${entry.term}/${entry.index} at ${id}`;
    if (other.content !== content) throw new Violation(LOG_MATCHING, `${name} is not what another log has there`);
    if (other.previousTerm === undefined) terms.set(entry.term, { content, previousTerm });
    else if (previousTerm !== undefined && previousTerm !== other.previousTerm) {
      throw new Violation(LOG_MATCHING, `${name} follows term ${previousTerm}, elsewhere term ${other.previousTerm}`);
    }
  }

  #compareCommitted(id: MemberId, member: Observed, seen: Seen | undefined): void {
    const { status } = member;
    const from = seen?.status.committed ?? 0;
    if (status.committed < from) {
      throw new Violation(COMMIT_MONOTONIC, `member ${id} had committed ${from}, and now ${status.committed}`);
    }
    for (let index = from + 1; index <= status.committed; index += 1) {
      const entry = member.entryAt(logIndex(index));
      if (entry === undefined) continue;
      const term = this.#committedTerms[index];
      if (term !== undefined && term !== entry.term) {
        throw new Violation(
          STATE_MACHINE_SAFETY,
          `${entry.term}/${index} is committed at ${id}, elsewhere ${term}/${index}`,
        );
      }
      this.#committedTerms[index] = entry.term;
    }
    if (status.role === 'leader' && status.committed > from) {
      this.#committingTerm = Math.max(this.#committingTerm, status.term);
    }
  }

  /** Called with each command that any member applies. */
  applied(id: MemberId, { index, term, data }: CommittedCommand): void {
    const content = `${term}: ${new TextDecoder().decode(data)}`;
    const other = this.#applied[index];
    if (other !== undefined && other !== content) {
      throw new Violation(STATE_MACHINE_SAFETY, `member ${id} applied ${content} at ${index}, another ${other}`);
    }
    this.#applied[index] = content;
  }

  /** Called with each message that leaves a member. */
  sent(message: Message): void {
    // Who asks for votes has voted for itself.
    if (message.kind === 'vote') this.#voted(message, message.from);
    if (message.kind === 'vote-response' && message.granted) this.#voted(message, message.to);
  }

  #voted({ from, term }: Message, whom: MemberId): void {
    const key = `${from} in ${term}`;
    const other = this.#votes.get(key);
    if (other !== undefined && other !== whom) {
      throw new Violation(ONE_VOTE, `member ${from} votes for ${whom} and ${other} in term ${term}`);
    }
    this.#votes.set(key, whom);
  }

  noted(id: MemberId, event: RaftEvent): void {
    if (event.kind === 'truncated') {
      this.#truncatedTo.set(id, Math.min(this.#truncatedTo.get(id) ?? Number.POSITIVE_INFINITY, event.from - 1));
    } else if (event.kind === 'installing') {
      this.#truncatedTo.set(id, 0);
    }
  }
}

function contentOf(entry: Entry): string {
  switch (entry.kind) {
    case 'command':
      return new TextDecoder().decode(entry.data);
    case 'configuration':
      return Object.values(entry.configuration).map(String).join(';');
    case 'empty':
      return '';
    default:
      return entry satisfies never;
  }
}
