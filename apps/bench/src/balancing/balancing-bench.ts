import { STRATEGY_NAMES } from '@portolan/balancing';
import type { BenchOptions, BenchResult } from '../bench-row.ts';
import { measure, type Side } from '../measurement.ts';
import { digits, tableOf, whole } from '../table.ts';
import { Picking } from './picking.ts';

export const ENDPOINT_COUNTS = [10, 100, 10_000];
const BATCH = 1_000;
/** So few that the young generation holds what they allocate: nothing is collected while it is counted. */
const COUNTED_PICKS = 50_000;

/** Picks a second, with their reports, and bytes that each allocates; one table for each number of endpoints. */
export async function benchBalancing({ rounds, seconds, progress }: BenchOptions): Promise<BenchResult> {
  const tables: string[] = [];
  const raw: Record<string, unknown> = {};
  for (const endpoints of ENDPOINT_COUNTS) {
    const sides = STRATEGY_NAMES.map((strategy): Side => {
      const picking = new Picking(strategy, endpoints);
      picking.run(COUNTED_PICKS);
      return { name: strategy, round: async () => ({ ...picksPerSecond(picking, seconds), ...bytesPerPick(picking) }) };
    });
    const measured = await measure(sides, rounds, (what) => {
      progress(`${whole(endpoints)} endpoints, ${what}`);
    });
    raw[String(endpoints)] = measured;
    tables.push(
      tableOf(`${whole(endpoints)} endpoints`, measured, [
        { figure: 'picksPerSecond', title: 'picks/s', format: whole, ratio: true },
        { figure: 'bytesPerPick', title: 'bytes a pick', format: digits(2) },
      ]),
    );
  }
  return { text: tables.join('\n\n'), raw };
}

function picksPerSecond(picking: Picking, seconds: number): { readonly picksPerSecond: number } {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let picks = 0;
  while (performance.now() < until) {
    picking.run(BATCH);
    picks += BATCH;
  }
  return { picksPerSecond: (picks / (performance.now() - startedAt)) * 1_000 };
}

/** What the heap has grown by, without a collection in between (`node --expose-gc` empties it before). */
function bytesPerPick(picking: Picking): { readonly bytesPerPick: number } {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  picking.run(COUNTED_PICKS);
  return { bytesPerPick: Math.max(0, process.memoryUsage().heapUsed - before) / COUNTED_PICKS };
}
