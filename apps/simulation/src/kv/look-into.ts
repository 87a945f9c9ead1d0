import { incarnation, NotLeaderError, openEmbeddedStore, type EmbeddedStore } from '@portolan/kv';
import type { Clock, Rng } from '@portolan/kernel';

/** A store with the state of a snapshot, to look at: nobody leads, and nothing is written. */
export function lookInto(
  slices: Iterable<Uint8Array>,
  { clock, rng }: { readonly clock: Clock; readonly rng: Rng },
): Promise<EmbeddedStore> {
  return openEmbeddedStore({
    clock,
    rng,
    incarnation: incarnation('to look at'),
    autoCompaction: 'off',
    openLog: async (machine) => {
      await machine.restore(inTurn(slices));
      return {
        clusterId: 0n,
        propose: () => Promise.reject(new NotLeaderError(undefined)),
        readBarrier: () => Promise.resolve(),
        leadership: () => ({ term: 0, memberId: 0n, leaderId: undefined, isEstablished: false, leaseGraceMs: 0 }),
        formatOfAll: () => undefined,
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  });
}

async function* inTurn(slices: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* slices;
}
