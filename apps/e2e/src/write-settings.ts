import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { APPS } from './apps.ts';
import { printedSettings, readmeOf, splitReadme } from './settings-tables.ts';

/** Writes each app's table of settings into its README, as the app prints it. */
for (const app of APPS) {
  const { before, after } = await splitReadme(app);
  const readme = `${before}\n\n${await printedSettings(app)}\n${after}`;
  await writeFile(readmeOf(app), await format(readme, { ...(await resolveConfig(readmeOf(app))), parser: 'markdown' }));
}
