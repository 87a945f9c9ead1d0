import { Film } from '../film.ts';
import { readArguments } from '../arguments.ts';
import { runSeeds } from '../run-seeds.ts';
import { failureText, uncovered } from '../report.ts';
import { COVERAGE_NAMES } from './coverage.ts';
import { simulateRaft } from './raft-simulation.ts';
import { REGRESSION_SEEDS } from './regression-seeds.ts';

/** What CI plays; `npm run simulate` plays as many as you like. */
const SEEDS = 200;
const TIMEOUT_MS = 600_000;

it('replays a seed exactly', async () => {
  const films = [new Film(), new Film()];
  const runs = [];
  for (const film of films) runs.push(await simulateRaft({ seed: 7, film }));
  const [first, second] = films.map((film) => film.toJson(7, undefined));
  expect(first?.length).toBeGreaterThan(100_000);
  expect(second === first).toBe(true);
  expect(runs[1]).toEqual(runs[0]);
});

it('ends a world where it is told to', async () => {
  const { simulatedMs, violation } = await simulateRaft({ seed: 7, untilMs: 12_330 });
  expect(simulatedMs).toBe(12_330);
  expect(violation).toBeUndefined();
});

it(
  `${SEEDS} worlds break nothing, and have seen everything that worlds must see`,
  async () => {
    const read = readArguments(['--core', 'raft', '--seed', '1', '--seeds', String(SEEDS)]);
    if (read.kind !== 'simulate') throw new Error('these arguments ask for a simulation');
    const total = await runSeeds(read.asked, () => undefined);
    expect(total.failure && failureText('raft', total.failure)).toBeUndefined();
    expect(uncovered(total, COVERAGE_NAMES)).toEqual([]);
    expect(total.seeds).toBe(SEEDS);
  },
  TIMEOUT_MS,
);

it('breaks nothing in a world that ever broke something', async () => {
  for (const { seed, story } of REGRESSION_SEEDS) {
    const { violation } = await simulateRaft({ seed });
    expect({ seed, story, violation }).toEqual({ seed, story, violation: undefined });
  }
});
