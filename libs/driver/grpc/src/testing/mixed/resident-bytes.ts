import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** @returns how much memory a process fills that this one started; 0 where there is no /proc to tell */
export function residentBytes({ pid }: ChildProcess): number {
  const status = `/proc/${pid ?? 0}/status`;
  if (!existsSync(status)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1_024;
}
