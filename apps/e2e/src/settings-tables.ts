import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, runApp } from './running-app.ts';

const BEGIN = '<!-- settings -->';
const END = '<!-- /settings -->';

export const readmeOf = (app: string): string => join(repository, 'apps', app, 'README.md');

/** The app's own table of its settings, as it prints it. */
export async function printedSettings(app: string): Promise<string> {
  const { code, stdout, stderr } = await runApp(app, ['--help-markdown']);
  if (code !== 0) throw new Error(`${app} --help-markdown ended with ${String(code)}: ${stderr}`);
  return stdout;
}

/** @throws Error when the README has no place for the table */
export async function splitReadme(app: string): Promise<{ before: string; table: string; after: string }> {
  const readme = await readFile(readmeOf(app), 'utf8');
  const begin = readme.indexOf(BEGIN) + BEGIN.length;
  const end = readme.indexOf(END);
  if (begin < BEGIN.length || end < begin) throw new Error(`${readmeOf(app)} lacks the lines ${BEGIN} and ${END}`);
  return { before: readme.slice(0, begin), table: readme.slice(begin, end), after: readme.slice(end) };
}

/** The cells of a table, whatever its columns are padded to. */
export function cellsOf(table: string): readonly (readonly string[])[] {
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) => row.split('|').map((cell) => cell.trim().replace(/^-+$/, '---')));
}
