import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeDisk } from '@portolan/storage';
import { formatId } from './member-file.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

/** Whole and durable: it is going to take the place of what there is, whatever happens. */
const NEXT = 'new-cluster';
const DRAFT = `${NEXT}.draft`;
/** The log goes last but one: without it the folder is no member's. */
const DATA = ['snapshots', 'wal'] as const;
const BOOK = 'peers.json';
export const MEMBER_NAME = 'member.json';

/** Where what a folder had as a member of that cluster is kept, until somebody removes it. */
export const keptFrom = (folder: string, clusterId: bigint): string => join(folder, `before-${formatId(clusterId)}`);

/**
 * Lets a folder begin again as another member. Until everything is on disk nothing changes; from then on a crash only delays it.
 * @param write makes log and snapshots in the folder that it is given
 * @param memberFile what `member.json` is going to say
 */
export async function beginAgain(
  folder: string,
  clusterBefore: bigint,
  memberFile: string,
  write: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = join(folder, DRAFT);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  await write(draft);
  await writeWholeFile(join(draft, MEMBER_NAME), memberFile);
  await rename(draft, join(folder, NEXT));
  await nodeDisk.syncFolder(folder);
  await finishBeginning(folder, clusterBefore);
}

/** Goes on with what a crash has interrupted, if anything. */
export async function finishBeginning(folder: string, clusterBefore: bigint | undefined): Promise<void> {
  const next = join(folder, NEXT);
  if (!(await exists(next))) return;
  if (clusterBefore !== undefined && (await exists(join(next, MEMBER_NAME)))) {
    const kept = keptFrom(folder, clusterBefore);
    await mkdir(kept, { recursive: true });
    for (const name of DATA) {
      if (!(await exists(join(next, name)))) continue;
      if (await exists(join(folder, name))) await rename(join(folder, name), join(kept, name));
      await rename(join(next, name), join(folder, name));
    }
    if (await exists(join(folder, BOOK))) await rename(join(folder, BOOK), join(kept, BOOK));
    await writeWholeFile(join(kept, MEMBER_NAME), (await readWholeFile(join(folder, MEMBER_NAME))) ?? '');
    // Whoever reads the new member.json finds its log.
    for (const path of [next, folder]) await nodeDisk.syncFolder(path);
    await rename(join(next, MEMBER_NAME), join(folder, MEMBER_NAME));
    await nodeDisk.syncFolder(folder);
  }
  await rm(next, { recursive: true, force: true });
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
