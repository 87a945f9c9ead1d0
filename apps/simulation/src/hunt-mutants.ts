import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { hunt, type Hunted } from './mutants/hunt.ts';
import { mutantTable, withTable } from './mutants/mutant-table.ts';
import { MUTANT_NAMES } from './mutants/mutants.ts';

/** Within so many seeds of a core each must be found, and within as many our own code must break nothing. */
const SEEDS_MAX = 2_000;

const README = fileURLToPath(new URL('../README.md', import.meta.url));

const found: Hunted[] = [];
for (const name of MUTANT_NAMES) {
  const hunted = await hunt(name, { seed: 1, seeds: SEEDS_MAX, jobs: availableParallelism() });
  found.push(hunted);
  process.stdout.write(`${name}: ${hunted.property ?? 'not found'}, after ${hunted.seeds} seeds of ${hunted.core}\n`);
}
const readme = withTable(await readFile(README, 'utf8'), mutantTable(found));
await writeFile(README, await format(readme, { parser: 'markdown', printWidth: 120 }));
if (found.some(({ property }) => property === undefined)) process.exitCode = 1;
