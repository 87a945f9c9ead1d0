import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Whether the other end of a connection within this machine is a process's: the kernel knows. On Linux, over IPv4. */
export function isDialledBy(pid: number, { localPort = 0, remotePort = 0 }: Socket): boolean {
  const inode = inodeOf(remotePort, localPort);
  if (inode === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => targetOf(`${folder}/${fd}`) === `socket:[${inode}]`);
}

/** Of the socket with these two ports, from its own side. */
function inodeOf(localPort: number, remotePort: number): string | undefined {
  const [own, other] = [localPort, remotePort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
    if (local.endsWith(own ?? '') && remote.endsWith(other ?? '')) return inode;
  }
  return undefined;
}

/** undefined: it was closed meanwhile. */
function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
