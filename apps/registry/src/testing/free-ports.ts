import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Not one of those that the system gives to connections (32768 and up on Linux): a member that is killed and started again would find
 * its port taken by somebody's call.
 */
const PORTS = { from: 12_000, until: 32_000 } as const;

/** Ports of the loopback that nobody listens on at this moment, all of them different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(PORTS.from, PORTS.until);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
