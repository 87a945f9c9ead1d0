import type { Delay } from '../delay.ts';

/** What befalls a message between two hosts. Chances are shares of 1. */
export interface LinkConditions {
  readonly delay: Delay;
  readonly dropChance: number;
  /** Of a message that arrives twice, each time after its own delay, out of order. */
  readonly duplicateChance: number;
  /** Of a message that may overtake those sent before it; the others arrive in order. */
  readonly reorderChance: number;
}

/** One rack: quick, in order, nothing lost. */
export const LAN: LinkConditions = {
  delay: { minMs: 0.1, maxMs: 0.5, tailChance: 0, tailMaxMs: 0 },
  dropChance: 0,
  duplicateChance: 0,
  reorderChance: 0,
};
