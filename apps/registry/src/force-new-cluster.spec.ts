import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refusalOf } from './testing/refusal-of-start.ts';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';

/** A guard against hanging. */
const PATIENCE_MS = 60_000;

async function untilRefused(cluster: RegistryCluster, by: Seat): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!cluster.process(by).printed().includes('RAFT_PEER_WRONG_CLUSTER')) {
    if (Date.now() > until) throw new Error(`nobody was refused after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('--force-new-cluster', () => {
  it('goes on with what one of two has, once the loss is confirmed, and refuses the other', async () => {
    await using cluster = await RegistryCluster.start(2);
    const [survivor, lost] = [cluster.seat(1), cluster.seat(2)];
    await cluster.put(survivor, 'kept', 'yes');
    await Promise.all([survivor, lost].map((seat) => cluster.kill(seat)));
    const told = await refusalOf(cluster.run(survivor, '--force-new-cluster', 'what-would-be-lost'));
    expect(told).toMatch(/CLUSTER_FORCE_UNCONFIRMED/);
    const [, confirmation = ''] = /--force-new-cluster ([0-9a-f]+@\d+\/\d+)/.exec(told) ?? [];
    await cluster.run(survivor, '--force-new-cluster', confirmation);
    expect(await cluster.get(survivor, 'kept')).toBe('yes');
    const back = refusalOf(cluster.run(lost));
    await untilRefused(cluster, survivor);
    process.kill(Number(await readFile(join(lost.folder, 'pid'), 'utf8')), 'SIGKILL');
    await back;
  }, 120_000);
});
