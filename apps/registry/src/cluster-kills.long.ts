import { killTheLeader, summaryOf } from './testing/kill-the-leader.ts';
import { RegistryCluster } from './testing/registry-cluster.ts';

const KILLS = 100;
const POWER_CUTS = 20;
const STOPPED_MS = 10_000;

it(`is one store while ${KILLS} leaders are killed`, async () => {
  await using cluster = await RegistryCluster.start(3);
  const report = await killTheLeader(cluster, KILLS);
  process.stdout.write(`${summaryOf(report)}\n`);
  expect(report.newLeaderMs).toHaveLength(KILLS);
}, 3_600_000);

it(`has everything after each of ${POWER_CUTS} times that all were killed at once`, async () => {
  await using cluster = await RegistryCluster.start(3);
  for (let cut = 0; cut < POWER_CUTS; cut += 1) {
    const [first, second] = [cluster.seat(1 + (cut % 3)), cluster.seat(1 + ((cut + 1) % 3))];
    await cluster.put(first, 'cut', String(cut));
    await Promise.all(cluster.running.map((seat) => cluster.kill(seat)));
    await Promise.all(cluster.seats.map((seat) => cluster.run(seat)));
    expect(await cluster.get(second, 'cut')).toBe(String(cut));
  }
}, 1_800_000);

it('goes on while its leader is stopped, which leads no more when it wakes', async () => {
  await using cluster = await RegistryCluster.start(3);
  const stopped = await cluster.leader();
  process.kill(cluster.process(stopped).pid, 'SIGSTOP');
  const other = cluster.running.find((seat) => seat !== stopped) ?? stopped;
  await cluster.put(other, 'while', 'stopped');
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
  process.kill(cluster.process(stopped).pid, 'SIGCONT');
  expect(await cluster.get(stopped, 'while')).toBe('stopped');
  expect(await cluster.leader()).not.toBe(stopped);
}, 120_000);

it('loses no write when all members are restarted one after the other', async () => {
  await using cluster = await RegistryCluster.start(3);
  for (const [index, seat] of cluster.seats.entries()) {
    await cluster.put(seat, 'rolling', String(index));
    await cluster.kill(seat, 'SIGTERM');
    await cluster.run(seat);
    expect(await cluster.get(seat, 'rolling')).toBe(String(index));
  }
}, 300_000);
