import type { Rng } from '@portolan/kernel';

/** 63 random bits, never 0: of a cluster, of a member, of a folder. */
export function drawId(rng: Rng): bigint {
  return (BigInt(rng.below(2 ** 31)) << 32n) + BigInt(rng.below(2 ** 32 - 1)) + 1n;
}
