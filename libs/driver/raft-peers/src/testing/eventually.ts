import { setTimeout as later } from 'node:timers/promises';

/** So long a guard waits before it says that a test hangs, ms. */
const PATIENCE_MS = 25_000;

/** Waits for what other parts of the process bring about. @throws Error when it does not come, with what it was waited for */
export async function eventually(what: string, holds: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > until) throw new Error(`in vain it was waited for this: ${what}`);
    await later(5);
  }
}
