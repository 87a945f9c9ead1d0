import type { Socket } from 'node:net';

/** Connections of one moment do not all end in one moment. */
const AGE_JITTER = 0.1;

/** When a connection that was accepted at `now` is old enough to be drained, give or take a tenth. */
export function drainAt(socket: Socket, now: number, ageMaxMs: number): number {
  // The port of the peer is as good as a random number, and needs no source of them.
  const spread = ((socket.remotePort ?? 0) % 1_000) / 1_000;
  return now + ageMaxMs * (1 - AGE_JITTER + 2 * AGE_JITTER * spread);
}
