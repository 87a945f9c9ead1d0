import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './running-app.ts';

/** The files that git would commit. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: repository, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(repository, file)));

/** TypeScript that people write. */
export const sources = files.filter((file) => /^(apps|libs)\/.*\.ts$/.test(file) && !file.includes('/generated/'));
