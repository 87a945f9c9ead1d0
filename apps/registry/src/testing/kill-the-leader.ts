import { systemClock as clock } from '@portolan/runtime';
import { HistoryClients } from './history-clients.ts';
import type { RegistryCluster } from './registry-cluster.ts';

/** A guard against hanging. */
const NEW_LEADER_MS_MAX = 60_000;

export interface KillingReport {
  readonly operations: number;
  readonly acknowledgedWrites: number;
  /** From the end of the leader to the first write that a new one has acknowledged, ms. */
  readonly newLeaderMs: readonly number[];
}

/**
 * Kills the leader with SIGKILL again and again, while clients at every member write and read; each comes back with what it has on disk.
 * @throws Error with the operations that no order explains
 */
export async function killTheLeader(cluster: RegistryCluster, times: number): Promise<KillingReport> {
  const newLeaderMs: number[] = [];
  await using clients = new HistoryClients(cluster.seats);
  for (let kill = 0; kill < times; kill += 1) {
    const leader = await cluster.leader();
    const before = clients.acknowledged;
    await cluster.kill(leader);
    const killedAt = clock.now();
    while (clients.acknowledged <= before + 1) {
      if (clock.now() - killedAt > NEW_LEADER_MS_MAX)
        throw new Error(`no write is acknowledged after kill ${kill + 1}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    newLeaderMs.push(clock.now() - killedAt);
    await cluster.run(leader);
  }
  const operations = await clients.judge();
  return { operations, acknowledgedWrites: clients.acknowledged, newLeaderMs };
}

/** `median 1.2 s, p99 2.3 s`, for people. */
export function summaryOf({ operations, acknowledgedWrites, newLeaderMs }: KillingReport): string {
  const sorted = [...newLeaderMs].sort((a, b) => a - b);
  const at = (part: number): string => ((sorted[Math.floor((sorted.length - 1) * part)] ?? 0) / 1_000).toFixed(2);
  return (
    `${newLeaderMs.length} leaders killed, ${operations} operations, ${acknowledgedWrites} writes acknowledged, linearizable; ` +
    `a new leader after ${at(0.5)} s (median), ${at(0.99)} s (p99)`
  );
}
