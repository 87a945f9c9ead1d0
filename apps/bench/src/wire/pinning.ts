import { spawnSync } from 'node:child_process';

/** The server has the first core; its client, and all that is measured without a server, the second. */
const CORES = { server: '0', client: '1' } as const;
export type Role = keyof typeof CORES;

/** How to start programs on the core of their role. */
export type Pinning = (role: Role, command: readonly string[]) => readonly string[];

/** Moves this process to the core of clients, where there is `taskset`; elsewhere nothing is pinned. */
export function pinHere(): Pinning {
  const isPinned = spawnSync('taskset', ['-pc', CORES.client, String(process.pid)]).status === 0;
  return (role, command) => (isPinned ? ['taskset', '-c', CORES[role], ...command] : command);
}
