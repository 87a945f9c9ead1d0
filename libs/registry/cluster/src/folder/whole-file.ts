import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeDisk } from '@portolan/storage';

/** @returns undefined when there is no such file */
export async function readWholeFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when it is durable; after a crash before that there is the whole of the old text or of the new one. */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  {
    await using file = await open(draft, 'w');
    await file.writeFile(text);
    await file.sync();
  }
  await rename(draft, path);
  await nodeDisk.syncFolder(dirname(path));
}
