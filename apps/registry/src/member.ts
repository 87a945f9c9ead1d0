import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PortolanError, type ErrorKind, type Rng } from '@portolan/kernel';
import { z } from 'zod';

/** Who this registry is, whatever its address: kept in its data folder, so that it is the same after a restart. */
const Member = z.strictObject({ formatVersion: z.literal(1), instance: z.string().regex(/^[\w.-]{1,128}$/) });
export type Member = Readonly<z.infer<typeof Member>>;

/** The data folder cannot be used, or what is in it is not ours. */
export class DataDirError extends PortolanError {
  readonly code = 'REGISTRY_DATA_DIR';
  readonly kind: ErrorKind = 'precondition';
}

/**
 * Reads the member that `dataDir` belongs to; makes the folder and the member when there is none.
 * @throws DataDirError
 */
export async function openMember(dataDir: string, rng: Rng): Promise<Member> {
  const path = join(resolve(dataDir), 'member.json');
  try {
    await mkdir(resolve(dataDir), { recursive: true });
    const kept = await readIfThere(path);
    if (kept !== undefined) return Member.parse(JSON.parse(kept));
    const digits = rng
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    const member: Member = { formatVersion: 1, instance: `registry-${digits}` };
    await writeWhole(path, `${JSON.stringify(member)}\n`);
    return member;
  } catch (error) {
    throw new DataDirError(`cannot use the data folder ${resolve(dataDir)}: ${reasonOf(error)}`, {
      fix: 'choose a --data-dir that this user may write; if member.json in it is damaged, delete that file',
      context: { dataDir: resolve(dataDir) },
      cause: error,
    });
  }
}

const reasonOf = (error: unknown): string => {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'its member.json is not one of this version';
  return error instanceof Error ? error.message : String(error);
};

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** After a crash there is the whole text or none. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await using file = await open(draft, 'w');
  await file.writeFile(text);
  await file.sync();
  await rename(draft, path);
}
