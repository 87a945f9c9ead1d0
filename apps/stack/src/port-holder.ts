import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

const LISTENING = '0A';

/**
 * Who listens on a TCP port of this host, as far as Linux tells this user at once; undefined elsewhere. Best effort: processes
 * come and go while it looks.
 */
export function portHolder(port: number): PortHolder | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of listed('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const holds = listed(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(tried(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '')?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    if (holds) {
      const name = tried(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
      return { pid: Number(pid), name: name ?? 'a process' };
    }
  }
  return undefined;
}

/** proc(5): `sl local_address rem_address st … inode`, the port in hexadecimal after the last colon. */
function listeningInodes(table: string, port: number): readonly string[] {
  return (tried(() => readFileSync(table, 'utf8')) ?? '').split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const local = Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16);
    return local === port && fields[3] === LISTENING && fields[9] !== undefined ? [fields[9]] : [];
  });
}

const listed = (folder: string): readonly string[] => tried(() => readdirSync(folder)) ?? [];

/** What /proc does not show, to us or any more, is not there. */
function tried<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
