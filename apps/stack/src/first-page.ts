import { request } from 'node:http';
import type { Clock } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';

const POLL_MS = 50;
/** Longer means that something is wrong which the log tells better. */
const PATIENCE_MS = 15_000;

/**
 * Waits until a whole product page comes through the gateway: what was started has found each other.
 * @returns false when none came in time
 */
export async function firstPage(port: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const end = clock.now() + PATIENCE_MS;
  while (clock.now() < end) {
    if (await wholePage(port, signal)) return true;
    await sleep(clock, POLL_MS, signal);
  }
  return false;
}

function wholePage(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/web/products/1', agent: false, signal }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (text: string) => (body += text));
      incoming.on('error', () => {
        resolve(false);
      });
      incoming.on('end', () => {
        resolve(incoming.statusCode === 200 && !body.includes('"missing"'));
      });
    });
    outgoing.on('error', () => {
      resolve(false);
    });
    outgoing.end();
  });
}
