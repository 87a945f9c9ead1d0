import type { StateHash } from '@portolan/kv';
import type { MemberId } from '@portolan/raft';
import { Violation } from '../violation.ts';

export const ONE_STATE = 'Members have one state at one index';

/** What members had in memory, each at an index: the same wherever they came to it, from the log, a snapshot or their disk. */
export class StateHashes {
  readonly #seen = new Map<number, { readonly id: MemberId; readonly sha256: string }>();

  /** @returns whether there was one to compare it with @throws Violation */
  compare(id: MemberId, { index, sha256 }: StateHash): boolean {
    const other = this.#seen.get(index);
    if (other === undefined) this.#seen.set(index, { id, sha256 });
    else if (other.sha256 !== sha256) {
      throw new Violation(ONE_STATE, `after ${index}, member ${id} has not what member ${other.id} had`);
    }
    return other !== undefined;
  }
}
