import type { LogIndex, Term } from '@portolan/raft';

/** The term of every entry, in memory for every election: terms change but rarely along a log. */
export class TermRuns {
  readonly #runs: { readonly from: LogIndex; readonly term: Term }[] = [];

  get last(): Term | undefined {
    return this.#runs.at(-1)?.term;
  }

  get first(): Term | undefined {
    return this.#runs[0]?.term;
  }

  /** The entries from `index` on are gone. */
  truncateFrom(index: LogIndex): void {
    while ((this.#runs.at(-1)?.from ?? -1) >= index) this.#runs.pop();
  }

  /** The next entry. */
  push(index: LogIndex, term: Term): void {
    if (this.last !== term) this.#runs.push({ from: index, term });
  }

  /** @param index of an entry that is in the log */
  at(index: LogIndex): Term | undefined {
    return this.#runs.findLast(({ from }) => from <= index)?.term;
  }

  clear(): void {
    this.#runs.length = 0;
  }
}
