import type { Rng } from '@portolan/kernel';

/** The machine's own randomness. Not for secrets. */
export const systemRng: Rng = {
  below: (bound) => Math.floor(Math.random() * bound),
  float: () => Math.random(),
};
