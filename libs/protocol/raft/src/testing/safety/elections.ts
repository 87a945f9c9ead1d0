import type { MemberId, Term } from '../../ids.ts';
import type { Raft } from '../../raft.ts';
import { must } from './violation.ts';

/** Election Safety (§5.2): at most one leader in a term. */
export class Elections {
  readonly #leaders = new Map<Term, MemberId>();

  get count(): number {
    return this.#leaders.size;
  }

  /** @returns whether this member has been seen as the leader of its term for the first time */
  check({ id, role, term }: Raft['status']): boolean {
    if (role !== 'leader') return false;
    const known = this.#leaders.get(term);
    must(
      known === undefined || known === id,
      'Election Safety (§5.2)',
      () => `${known} and ${id} lead in term ${term}`,
    );
    this.#leaders.set(term, id);
    return known === undefined;
  }
}
