import type { Brand } from './brand.ts';

/** Milliseconds on a monotonic clock: only differences mean anything. */
export type Millis = Brand<number, 'Millis'>;

/** Milliseconds since 1970-01-01 UTC. May jump; never used to measure a duration. */
export type EpochMillis = Brand<number, 'EpochMillis'>;

export const millis = (value: number): Millis => value as Millis;
export const epochMillis = (value: number): EpochMillis => value as EpochMillis;

/** A callback that is going to be called once, unless it is cancelled. Cancelling twice, or too late, is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as an argument: the system's in production, a virtual one in tests and simulations. */
export interface Clock {
  /** Monotonic. */
  now(): Millis;
  /** Calendar time, for what people read and what crosses hosts. */
  epoch(): EpochMillis;
  /** Calls `callback` once, `delayMs` from now or as soon after as possible. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}
