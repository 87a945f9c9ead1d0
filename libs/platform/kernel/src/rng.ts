/** Randomness as an argument: the system's in production, seeded in tests and simulations. Not for secrets. */
export interface Rng {
  /** A whole number in [0, bound). `bound` is 1 to 2^32. */
  below(bound: number): number;
  /** In [0, 1). */
  float(): number;
}

/**
 * A small, fast generator that replays from its seed: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state.
 * @param seed any whole number; the same seed gives the same sequence on every platform
 */
export function createSeededRng(seed: number): Rng {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const uint32 = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round += 1) uint32();
  return {
    below: (bound) => Math.floor((uint32() / 2 ** 32) * bound),
    float: () => uint32() / 2 ** 32,
  };
}
