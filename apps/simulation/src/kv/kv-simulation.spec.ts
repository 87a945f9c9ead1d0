import { readArguments } from '../arguments.ts';
import { Film } from '../film.ts';
import { failureText, uncovered } from '../report.ts';
import { runSeeds } from '../run-seeds.ts';
import { KV_COVERAGE_NAMES } from './coverage.ts';
import { simulateKv } from './kv-simulation.ts';
import { KV_REGRESSION_SEEDS } from './regression-seeds.ts';

/** What CI plays; `npm run simulate` plays as many as you like. */
const SEEDS = 100;
/** A guard against hanging: 15 s on two cores, ten minutes on a machine with ten times as much to do. */
const TIMEOUT_MS = 1_800_000;

it(
  'replays a seed exactly',
  async () => {
    const films = [new Film(), new Film()];
    const runs = [];
    for (const film of films) runs.push(await simulateKv({ seed: 7, film }));
    const [first, second] = films.map((film) => film.toJson(7, undefined));
    expect(first).toContain('"kind":"watched"');
    expect(first?.length).toBeGreaterThan(100_000);
    expect(second === first).toBe(true);
    expect(runs[1]).toEqual(runs[0]);
  },
  TIMEOUT_MS,
);

it('ends a world where it is told to', async () => {
  const { simulatedMs, violation } = await simulateKv({ seed: 7, untilMs: 12_330 });
  expect(simulatedMs).toBe(12_330);
  expect(violation).toBeUndefined();
});

it(
  `${SEEDS} worlds break nothing, and have seen everything that worlds must see`,
  async () => {
    const read = readArguments(['--core', 'kv', '--seed', '1', '--seeds', String(SEEDS)]);
    if (read.kind !== 'simulate') throw new Error('these arguments ask for a simulation');
    const total = await runSeeds(read.asked, () => undefined);
    expect(total.failure && failureText('kv', total.failure)).toBeUndefined();
    expect(uncovered(total, KV_COVERAGE_NAMES)).toEqual([]);
    expect(total.seeds).toBe(SEEDS);
  },
  TIMEOUT_MS,
);

it('breaks nothing in a world that ever broke something', async () => {
  for (const { seed, story } of KV_REGRESSION_SEEDS) {
    const { violation } = await simulateKv({ seed });
    expect({ seed, story, violation }).toEqual({ seed, story, violation: undefined });
  }
});
