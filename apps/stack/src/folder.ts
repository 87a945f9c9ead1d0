import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderNotWritableError } from './errors.ts';

/**
 * Makes the folder, and tries whether files can be made in it.
 * @throws FolderNotWritableError
 */
export async function checkWritable(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FolderNotWritableError(`cannot write to ${folder}: ${why}`, {
      fix: `make it writable for this user, or choose another: npm start -- --data-dir <folder>`,
      context: { folder },
      cause,
    });
  }
}
