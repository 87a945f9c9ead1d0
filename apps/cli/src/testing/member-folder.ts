import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { numberedCommand, NumberedCommands, startLoneMember, temporaryFolder } from '@portolan/raft-driver/testing';

/** Small, so that a few hundred commands fill several segments and leave two snapshots. */
export const SMALL = { segmentBytes: 16 * 1_024, snapshots: { entries: 100, keepEntries: 10 } };

/** The data folder of a member that has stopped, and copies of it to damage. */
export class MemberFolder implements AsyncDisposable {
  readonly #temporary: Awaited<ReturnType<typeof temporaryFolder>>;
  #copies = 0;

  private constructor(temporary: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.#temporary = temporary;
  }

  static async write(commands: number): Promise<MemberFolder> {
    const written = new MemberFolder(await temporaryFolder());
    await using member = await startLoneMember(written.path, new NumberedCommands(), SMALL);
    for (let number = 1; number <= commands; number += 1) await member.propose(numberedCommand(number));
    return written;
  }

  get path(): string {
    return join(this.#temporary.path, 'data');
  }

  async copy(): Promise<string> {
    this.#copies += 1;
    const copy = join(this.#temporary.path, `copy-${this.#copies}`);
    await cp(this.path, copy, { recursive: true });
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#temporary[Symbol.asyncDispose]();
  }
}

/** Segments or snapshots, oldest first. */
export async function filesOf(folder: string, suffix: '.wal' | '.snap'): Promise<readonly string[]> {
  const part = join(folder, suffix === '.wal' ? 'wal' : 'snapshots');
  const names = await readdir(part);
  return names
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(part, name));
}
