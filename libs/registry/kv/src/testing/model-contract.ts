import fc from 'fast-check';
import { Comparison } from './comparison.ts';
import { STORE_COVERAGE, storeCommands } from './store-commands.ts';
import type { StoreDifferences } from './store-differences.ts';
import type { OpenStore } from './store-under-test.ts';

const COMMANDS_MAX = 80;

/** From so many runs on, everything is expected to have happened. */
const RUNS_FOR_COVERAGE = 200;

/** Long runs on a slow machine; guards against hanging, nothing else. A history that hangs says which it is, as far as it is shrunk by then. */
const GUARD_MS = 300_000;
const RUNS_MS = 270_000;
const HISTORY_MS = 30_000;

export function describeModel(open: OpenStore, runs: number, differences: StoreDifferences): void {
  describe('whatever is done to it', () => {
    it(
      `answers as a plain list of all revisions does (${String(runs)} random histories)`,
      async () => {
        const seen = new Set<string>();
        const histories = fc.commands([...storeCommands(differences)], { maxCommands: COMMANDS_MAX, size: 'max' });
        // A failure prints its seed and path; pass them here as options to see it again.
        await fc.assert(
          fc.asyncProperty(histories, async (history) => {
            await using both = new Comparison(await open(), seen, differences);
            await fc.asyncModelRun(() => ({ model: both.model, real: both }), history);
            await both.drain();
          }),
          { numRuns: runs, timeout: HISTORY_MS, interruptAfterTimeLimit: RUNS_MS, markInterruptAsFailure: true },
        );
        const missing = STORE_COVERAGE.filter((what) => !seen.has(what));
        expect(runs < RUNS_FOR_COVERAGE ? [] : missing).toEqual([]);
      },
      GUARD_MS,
    );
  });
}
