import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const KIB = 1_024;

/**
 * Memory that processes hold, bytes: the sum of their resident sets, in which shared pages count once a process.
 * @returns undefined where neither /proc nor `ps` tells
 */
export async function residentBytes(pids: readonly number[]): Promise<number | undefined> {
  try {
    const sizes = await Promise.all(pids.map(async (pid) => vmRss(await readFile(`/proc/${pid}/status`, 'utf8'))));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    // No /proc here, or a process is gone.
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')]);
    return stdout.split('\n').reduce((sum, line) => sum + Number(line.trim()) * KIB, 0);
  } catch {
    return undefined;
  }
}

const vmRss = (status: string): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;
