/**
 * A README around what is generated in it, between `<!-- part -->` and `<!-- /part -->`.
 * @throws Error when the README has no place for it
 */
export function splitAt(readme: string, part: string): { before: string; generated: string; after: string } {
  const begin = `<!-- ${part} -->`;
  const from = readme.indexOf(begin) + begin.length;
  const to = readme.indexOf(`<!-- /${part} -->`);
  if (from < begin.length || to < from) throw new Error(`the README lacks the lines ${begin} and <!-- /${part} -->`);
  return { before: readme.slice(0, from), generated: readme.slice(from, to), after: readme.slice(to) };
}

/** The cells of a table, whatever its columns are padded to. */
export function cellsOf(table: string): readonly (readonly string[])[] {
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) => row.split('|').map((cell) => cell.trim().replace(/^-+$/, '---')));
}
