import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const KIB = 1_024;

/**
 * Memory that processes hold together, bytes. On Linux a page that several share counts once (proportional set size);
 * elsewhere it is the sum of their resident sets, in which it counts once a process.
 * @returns undefined where neither /proc nor `ps` tells
 */
export async function heldBytes(pids: readonly number[]): Promise<number | undefined> {
  try {
    const sizes = await Promise.all(
      pids.map(async (pid) => pssOf(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    // No such file here, or a process is gone.
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')]);
    return stdout.split('\n').reduce((sum, line) => sum + Number(line.trim()) * KIB, 0);
  } catch {
    return undefined;
  }
}

const pssOf = (rollup: string): number => Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * KIB;
