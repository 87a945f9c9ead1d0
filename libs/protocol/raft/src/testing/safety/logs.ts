import type { Entry } from '../../entry.ts';
import { logIndex, type LogIndex, type MemberId, type Term } from '../../ids.ts';
import type { Raft } from '../../raft.ts';
import { digestOf } from '../machine.ts';
import { must } from './violation.ts';

interface Seen {
  readonly digest: number;
  /** Of the entry before it; undefined where that was compacted. */
  readonly previousTerm: Term | undefined;
}

/** What a member's log was when it was looked at last. */
interface Shadow {
  readonly entries: Map<LogIndex, Entry>;
  lastIndex: LogIndex;
  /** The term that it leads in. */
  leads: Term | undefined;
}

/**
 * Log Matching (§5.3): two entries with one index and term say the same, and so do all before them. Two entries that are the same
 * and have the same predecessor, each time, make whole logs the same, so each new entry is looked at once.
 * Leader Append-Only (§5.3): while a member leads, nothing in its log changes or goes.
 */
export class Logs {
  readonly #seen = new Map<string, Seen>();
  readonly #shadows = new Map<MemberId, Shadow>();
  truncations = 0;

  /** It has crashed: what its log was does not matter. */
  forget(id: MemberId): void {
    this.#shadows.delete(id);
  }

  /** @returns whether anything in the log is new, or gone */
  check(raft: Raft, status: Raft['status']): boolean {
    let isOther = false;
    const { id, role, term, firstIndex, lastIndex } = status;
    const shadow = this.#shadows.get(id) ?? { entries: new Map<LogIndex, Entry>(), lastIndex, leads: undefined };
    this.#shadows.set(id, shadow);
    const stillLeads = role === 'leader' && shadow.leads === term;
    if (lastIndex < shadow.lastIndex) {
      this.#shrank(shadow, stillLeads, status);
      isOther = true;
    }
    for (let at = lastIndex; at >= firstIndex; at = logIndex(at - 1)) {
      const entry = raft.entryAt(at);
      const before = shadow.entries.get(at);
      if (entry === undefined || entry === before) break;
      if (before !== undefined && before.term !== entry.term) this.#replaced(at, stillLeads, status);
      this.#compare(raft, id, entry);
      shadow.entries.set(at, entry);
      isOther = true;
    }
    shadow.lastIndex = lastIndex;
    shadow.leads = role === 'leader' ? term : undefined;
    return isOther;
  }

  #shrank(shadow: Shadow, stillLeads: boolean, { id, term, lastIndex }: Raft['status']): void {
    must(
      !stillLeads,
      'Leader Append-Only (§5.3)',
      () => `leader ${id} of term ${term} lost what is after ${lastIndex}`,
    );
    for (const index of shadow.entries.keys()) if (index > lastIndex) shadow.entries.delete(index);
    this.truncations += 1;
  }

  #replaced(at: LogIndex, stillLeads: boolean, { id, term }: Raft['status']): void {
    must(!stillLeads, 'Leader Append-Only (§5.3)', () => `leader ${id} of term ${term} overwrote entry ${at}`);
    this.truncations += 1;
  }

  #compare(raft: Raft, id: MemberId, entry: Entry): void {
    const key = `${entry.term}/${entry.index}`;
    const digest = digestOf(entry, 0);
    const previous = raft.entryAt(logIndex(entry.index - 1));
    const known = this.#seen.get(key);
    const property = 'Log Matching (§5.3)';
    must(known === undefined || known.digest === digest, property, () => `${key} is another at ${id}`);
    const isSame = known?.previousTerm === undefined || previous === undefined || known.previousTerm === previous.term;
    must(isSame, property, () => `before ${key}, ${id} has ${previous?.term}, others ${known?.previousTerm}`);
    this.#seen.set(key, { digest, previousTerm: known?.previousTerm ?? previous?.term });
  }
}
