import type { Configuration } from '../../configuration.ts';
import type { Entry } from '../../entry.ts';
import { logIndex, NO_INDEX, type LogIndex, type MemberId, type Term } from '../../ids.ts';
import { quorumValue } from '../../quorum.ts';
import type { Raft } from '../../raft.ts';
import type { Cluster } from '../cluster.ts';
import type { State } from '../machine.ts';
import { must } from './violation.ts';

interface Committed {
  readonly entry: Entry;
  /** In which it was committed, which may be later than its own. */
  readonly term: Term;
}

/** All that any leader has committed, in order: the history that no member may ever contradict. */
export class Ledger {
  readonly #cluster: Cluster;
  readonly #entries: Committed[] = [];
  readonly #digests = new Map<LogIndex, number>();
  readonly #told: (entry: Entry) => void;

  /** @param told of each entry once, when it is first committed */
  constructor(cluster: Cluster, told: (entry: Entry) => void) {
    this.#cluster = cluster;
    this.#told = told;
  }

  get lastIndex(): LogIndex {
    return this.#entries.at(-1)?.entry.index ?? NO_INDEX;
  }

  entryAt(index: LogIndex): Entry | undefined {
    return this.#entries[index - 1]?.entry;
  }

  /** A member's commit index has moved. */
  committed(raft: Raft, from: LogIndex): void {
    const { id, committed, term, firstIndex } = raft.status;
    for (let at = logIndex(Math.max(from + 1, firstIndex)); at <= committed; at = logIndex(at + 1)) {
      const entry = raft.entryAt(at);
      const known = this.#entries[at - 1];
      must(entry !== undefined, 'State Machine Safety (§5.4.3)', () => `${id} committed ${at}, which it does not have`);
      if (known !== undefined) {
        const isSame = known.entry.term === entry.term;
        const both = `${known.entry.term} is committed, ${id} commits ${entry.term}`;
        must(isSame, 'State Machine Safety (§5.4.3)', () => `at ${at}, the entry of term ${both}`);
        continue;
      }
      const newest = raft.entryAt(committed)?.term;
      must(newest === term, 'Commitment (§5.4.2)', () => `${id} of term ${term} commits ${at} without one of its own`);
      this.#mustBeDurable(raft, entry);
      this.#entries.push({ entry, term });
      this.#told(entry);
    }
  }

  /** What is committed survives: a quorum would have it after a crash. */
  #mustBeDurable(raft: Raft, entry: Entry): void {
    const { committed, configuration, id } = raft.status;
    // The end of a joint configuration is appended as it commits, so one of the two decided.
    const deciding = [configuration, raft.snapshotAt(committed).configuration];
    const isDurable = deciding.some((each) => this.#isOnQuorum(each, entry));
    must(isDurable, 'Durability', () => `${id} commits ${entry.term}/${entry.index}, which no quorum has on disk`);
  }

  #isOnQuorum(configuration: Configuration, entry: Entry): boolean {
    return quorumValue(configuration, (id) => (this.#cluster.member(id).disk.holds(entry) ? 1 : 0)) === 1;
  }

  /** Leader Completeness (§5.4): whoever is elected has everything that was committed in earlier terms. */
  elected(raft: Raft): void {
    const { id, term, firstIndex } = raft.status;
    for (const { entry, term: committedIn } of this.#entries.slice(Math.max(0, firstIndex - 1))) {
      const isHere = committedIn >= term || raft.entryAt(entry.index)?.term === entry.term;
      const what = `${entry.term}/${entry.index}, committed in term ${committedIn}`;
      must(isHere, 'Leader Completeness (§5.4)', () => `${what}, is missing at ${id}, leader of term ${term}`);
    }
  }

  /** State Machine Safety (§5.4.3): at an index, all state machines are the same. */
  reached(id: MemberId, { index, digest }: State): void {
    const known = this.#digests.get(index);
    const property = 'State Machine Safety (§5.4.3)';
    must(known === undefined || known === digest, property, () => `${id} has another state at ${index}`);
    must(index <= this.lastIndex, property, () => `${id} has applied ${index}, which is not committed`);
    this.#digests.set(index, digest);
  }
}
