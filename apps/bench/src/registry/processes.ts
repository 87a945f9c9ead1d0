import { readFile } from 'node:fs/promises';

/** Linux counts a process's time in hundredths of a second. */
const TICK_MICROS = 10_000;
/** Fields of `/proc/<pid>/stat` after the name, which ends with a parenthesis: those of proc(5), counted from the third. */
const USER_TIME = 14 - 3;
const SYSTEM_TIME = 15 - 3;

/** Time that processes have spent on a core, all their threads together. */
export async function cpuMicrosOf(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
  }
  return ticks * TICK_MICROS;
}

/** Memory of processes as the system sees it. */
export async function residentBytesOf(pids: readonly number[]): Promise<number> {
  let kibibytes = 0;
  for (const pid of pids) {
    const [, digits] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (digits === undefined) throw new Error(`process ${pid} has no resident memory`);
    kibibytes += Number(digits);
  }
  return kibibytes * 1_024;
}
