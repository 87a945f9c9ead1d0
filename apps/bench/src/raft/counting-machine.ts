import type { StateMachine } from '@portolan/raft-driver';

/** Costs nothing: what is measured is the log. */
export class CountingMachine implements StateMachine<number> {
  #applied = 0;

  apply(): number {
    this.#applied += 1;
    return this.#applied;
  }

  *snapshot(): Generator<Uint8Array, void, undefined> {
    yield new Uint8Array(new Float64Array([this.#applied]).buffer);
  }

  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const slice of slices) this.#applied = new Float64Array(slice.slice().buffer)[0] ?? 0;
  }
}
