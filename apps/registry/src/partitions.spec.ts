import { endingsAt, openWatch, staleAgeAt } from './testing/endings.ts';
import { RegistryCluster } from './testing/registry-cluster.ts';

// Networks are cut in `partitions.long.ts`; here the others are stopped, and say as little.
it('a registry that hears no other refuses at once, ends its watches, tells how old it is, and goes on by itself', async () => {
  await using cluster = await RegistryCluster.start(3);
  const alone = await cluster.leader();
  await cluster.put(alone, 'probe', 'before');
  const watch = await openWatch(alone);
  const others = cluster.seats.filter((seat) => seat !== alone).map((seat) => cluster.process(seat).pid);
  for (const pid of others) process.kill(pid, 'SIGSTOP');
  const { write, read } = await endingsAt(alone);
  expect(['KV_OUTCOME_UNKNOWN', 'RAFT_NO_LEADER']).toContain(write.outcome);
  expect([read.outcome, (await watch.ends).outcome]).toEqual(['RAFT_NO_LEADER', 'RAFT_NO_LEADER']);
  expect(await endingsAt(alone)).toMatchObject({
    write: { outcome: 'RAFT_NO_LEADER' },
    read: { outcome: 'RAFT_NO_LEADER' },
  });
  expect(await staleAgeAt(alone)).toBeGreaterThan(0);
  for (const pid of others) process.kill(pid, 'SIGCONT');
  await cluster.put(alone, 'after', 'all');
  for (const seat of cluster.seats) expect(await cluster.get(seat, 'after')).toBe('all');
}, 60_000);
