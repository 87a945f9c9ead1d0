import type { Core } from './core.ts';
import { logIndex } from './ids.ts';
import type { Leader } from './leader.ts';

/** Says that this member leads, what each follower may apply of what it is known to have, and asks for the newest round of reads. */
export function sendHeartbeats(core: Core, leader: Leader): void {
  leader.heartbeatElapsed = 0;
  const { round } = leader.reads;
  for (const [id, progress] of leader.peers) {
    const committed = logIndex(Math.min(progress.match, core.log.committed));
    core.send(id, { kind: 'heartbeat', committed, round });
  }
}
