import { availableParallelism } from 'node:os';
import { hunt } from './hunt.ts';
import { MUTANT_NAMES } from './mutants.ts';

const SEEDS_MAX = 2_000;
const TIMEOUT_MS = 3_600_000;

it.each(MUTANT_NAMES)(
  `%s is found within ${SEEDS_MAX} worlds`,
  async (name) => {
    const { property, seeds, core } = await hunt(name, { seed: 1, seeds: SEEDS_MAX, jobs: availableParallelism() });
    process.stdout.write(`${name}: ${property ?? 'not found'}, after ${seeds} seeds of ${core}\n`);
    expect(property).toBeDefined();
  },
  TIMEOUT_MS,
);
