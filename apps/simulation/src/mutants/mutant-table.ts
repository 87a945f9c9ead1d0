import type { Hunted } from './hunt.ts';
import { MUTANTS } from './mutants.ts';

/** Markdown: each mutant, how many worlds it took, and what they saw. */
export function mutantTable(hunted: readonly Hunted[]): string {
  const rows = hunted.map(
    ({ name, core, seeds, property }) =>
      `| ${name}: ${MUTANTS[name].story} | ${seeds} of ${core} | ${property ?? '**not found**'} |`,
  );
  return ['| mutant | seeds | what they saw |', '| --- | --- | --- |', ...rows].join('\n');
}

/** @throws Error when the README has no place for it */
export function withTable(readme: string, table: string): string {
  const [before, , after] = readme.split(/(?<=<!-- mutants -->)(.*)(?=<!-- \/mutants -->)/s);
  if (before === undefined || after === undefined)
    throw new Error('the README lacks the lines <!-- mutants --> and <!-- /mutants -->');
  return `${before}\n\n${table}\n\n${after}`;
}

/** The names in the table of a README, with what was seen. */
export function seenIn(readme: string): ReadonlyMap<string, string> {
  const rows = readme.matchAll(/^\| ([a-z0-9-]+): .*\| +\d+ of [a-z-]+ +\| (.*?) +\|$/gm);
  return new Map([...rows].map(([, name = '', property = '']) => [name, property]));
}
