import type { VirtualClock } from '@portolan/virtual-world';

/** Waits for what real sockets bring about; the test's own timeout is the only bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Enough turns of the event loop for a connection over loopback to be made or refused, in all but rare cases. */
const TURNS = 1_000;

/**
 * Moves time on, in steps with room for real sockets between them, until the condition holds: for what happens after an
 * unknown number of delays.
 */
export async function untilAfter(clock: VirtualClock, stepMs: number, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await clock.advance(stepMs);
    for (let turns = 0; turns < TURNS && !condition(); turns += 1) await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
