import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { APPS } from './apps.ts';
import { errorCodes, errorTable } from './error-codes.ts';
import { repository } from './running-app.ts';
import { sources } from './sources.ts';
import { printedSettings } from './printed-settings.ts';
import { splitAt } from './generated-part.ts';

/** Writes what READMEs have from the sources: each app's settings as it prints them, and every error code. */
async function write(readme: string, part: string, table: string): Promise<void> {
  const path = join(repository, readme);
  const { before, after } = splitAt(await readFile(path, 'utf8'), part);
  const text = `${before}\n\n${table}\n\n${after}`;
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
}

for (const app of APPS) await write(`apps/${app}/README.md`, 'settings', await printedSettings(app));
await write('README.md', 'errors', errorTable(errorCodes(sources)));
