import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assert, type Rng } from '@portolan/kernel';
import { FolderInUseError, lockFolder } from '@portolan/storage';
import { z } from 'zod';
import { drawId } from '../draw-id.ts';
import { DataDirError, MemberRunsError } from './errors.ts';
import { formatMemberFile, parseMemberFile, type MemberFile, type Membership } from './member-file.ts';
import { beginAgain, exists, finishBeginning, keptFrom, MEMBER_NAME } from './new-beginning.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

/** For people: whose folder it is while its lock is held. */
const PID_NAME = 'pid';

export interface DataFolderOptions {
  readonly path: string;
  readonly rng: Rng;
  /** What the member is called from now on. Default: as before, or a name that is drawn. */
  readonly name?: string | undefined;
}

/** The folder of one member, and nobody else's until it is disposed of. Its log is in `wal`, its snapshots in `snapshots`. */
export class DataFolder implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #lock: Disposable;
  #file: MemberFile;

  /** For `openDataFolder`. */
  constructor(path: string, lock: Disposable, file: MemberFile) {
    this.path = path;
    this.#lock = lock;
    this.#file = file;
  }

  get name(): string {
    return this.#file.name;
  }

  get nonce(): bigint {
    return this.#file.nonce;
  }

  get membership(): Membership | undefined {
    return this.#file.membership;
  }

  /** Resolves when it is durable, so before the member does anything in the cluster's name. @throws DataDirError */
  async settle(membership: Membership): Promise<void> {
    const file = { ...this.#file, membership };
    await attempt(this.path, () => writeWholeFile(join(this.path, MEMBER_NAME), formatMemberFile(file)));
    this.#file = file;
  }

  /**
   * Lets the folder be another member's from now on, with another log; what it had stays in a folder within it. Resolves when it is
   * durable; a crash before that leaves all as it was, or is made good by the next opening.
   * @param write makes the log and the snapshots, in the folder that it is given
   * @returns where what it had is
   * @throws DataDirError, and what `write` throws
   */
  async beginAgain(membership: Membership, write: (draft: string) => Promise<void>): Promise<string> {
    const before = this.membership;
    assert(before !== undefined, 'a folder of nobody has nothing to begin again with');
    const file = { ...this.#file, membership };
    await beginAgain(this.path, before.clusterId, formatMemberFile(file), write);
    this.#file = file;
    return keptFrom(this.path, before.clusterId);
  }

  /** Whether it was a member of that cluster, until it began again. */
  hasBegunAfter(clusterId: bigint): Promise<boolean> {
    return exists(keptFrom(this.path, clusterId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(join(this.path, PID_NAME), { force: true });
    this.#lock[Symbol.dispose]();
  }
}

/**
 * Makes the folder when there is none, keeps other processes out of it, and reads whose it is.
 * @throws DataDirError, MemberRunsError
 */
export async function openDataFolder({ path, rng, name }: DataFolderOptions): Promise<DataFolder> {
  const folder = resolve(path);
  const lock = await takeLock(folder);
  try {
    return await attempt(folder, async () => {
      await writeFile(join(folder, PID_NAME), `${process.pid}\n`);
      const nonce = drawId(rng);
      const before = await readMemberFile(folder, nonce);
      await finishBeginning(folder, before?.membership?.clusterId);
      const kept = await readMemberFile(folder, nonce);
      const file: MemberFile = {
        name: name ?? kept?.name ?? `registry-${drawId(rng).toString(16).padStart(16, '0').slice(0, 8)}`,
        nonce: kept?.nonce ?? nonce,
        membership: kept?.membership,
      };
      const wanted = formatMemberFile(file);
      if (wanted !== (await readWholeFile(join(folder, MEMBER_NAME))))
        await writeWholeFile(join(folder, MEMBER_NAME), wanted);
      return new DataFolder(folder, lock, file);
    });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** @param nonce for one that has none yet */
async function readMemberFile(folder: string, nonce: bigint): Promise<MemberFile | undefined> {
  const text = await readWholeFile(join(folder, MEMBER_NAME));
  return text === undefined ? undefined : parseMemberFile(text, nonce);
}

async function takeLock(folder: string): Promise<Disposable> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw new DataDirError(folder, reasonOf(error), error);
    const pid = Number(await readWholeFile(join(folder, PID_NAME)));
    throw new MemberRunsError(folder, Number.isSafeInteger(pid) && pid > 0 ? pid : undefined, error);
  }
}

async function attempt<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new DataDirError(folder, reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'its member.json is not one of this version';
  return error instanceof Error ? error.message : String(error);
}
