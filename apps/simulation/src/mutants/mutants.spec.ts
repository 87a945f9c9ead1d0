import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hunt } from './hunt.ts';
import { seenIn } from './mutant-table.ts';
import { MUTANT_NAMES, MUTANTS, type MutantName } from './mutants.ts';

/** Found within a few worlds each, one of every part. `npm run test:long -- mutants` hunts all of them. */
const SAMPLE: readonly MutantName[] = [
  'candidate-behind',
  'previous-entry-not-compared',
  'read-before-applied',
  'log-not-synced',
  'retry-applied-twice',
  'leases-not-restarted',
  'watch-gap-at-resumption',
];
const TIMEOUT_MS = 300_000;

it.each(MUTANT_NAMES)('%s can be made: its sources are what they were', (name) => {
  for (const { file, find } of MUTANTS[name].edits) {
    const source = readFileSync(fileURLToPath(new URL(`../../../../${file}`, import.meta.url)), 'utf8');
    expect(source.split(find)).toHaveLength(2);
  }
});

it('has every mutant in the table of the README, found', () => {
  const seen = seenIn(readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8'));
  expect([...seen.keys()].sort()).toEqual([...MUTANT_NAMES].sort());
  expect([...seen].filter(([, property]) => property.includes('not found'))).toEqual([]);
});

it.each(SAMPLE)(
  '%s is found',
  async (name) => {
    const { property } = await hunt(name, { seed: 1, seeds: 200, jobs: availableParallelism() });
    expect(property).toBeDefined();
  },
  TIMEOUT_MS,
);
