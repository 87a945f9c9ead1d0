import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MemberServiceService } from '@portolan/contracts/cluster';
import { connect, createClient } from '@portolan/rpc';
import { z } from 'zod';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';
import { Writing } from './testing/writing.ts';

const PORTOLAN = join(import.meta.dirname, '../../cli/src/portolan.ts');

const Listed = z.object({
  members: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(['leader', 'voter', 'learner']) })),
});

/** `portolan member …`, at every registry that runs. */
async function portolan(cluster: RegistryCluster, ...args: readonly string[]): Promise<string> {
  const registry = cluster.running.map(({ address }) => address).join(',');
  const child = spawn(process.execPath, [PORTOLAN, 'member', ...args, '--registry', registry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'exit');
  const [out, error] = await printed;
  if (child.exitCode !== 0) throw new Error(error);
  return out;
}

/** `registry-1: leader`, by name. */
async function members(cluster: RegistryCluster): Promise<readonly string[]> {
  const { members: listed } = Listed.parse(JSON.parse(await portolan(cluster, 'list', '--json')));
  return listed.map(({ name, role }) => `${name}: ${role === 'leader' ? 'voter' : role}`).sort();
}

async function untilVoters(cluster: RegistryCluster, names: readonly string[]): Promise<void> {
  const wanted = names.map((name) => `${name}: voter`).join();
  for (let looks = 0; looks < 100; looks += 1) {
    if ((await members(cluster)).join() === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the voters are ${(await members(cluster)).join()}, not ${wanted}`);
}

describe('members of a cluster, under writes', () => {
  let cluster: RegistryCluster;
  beforeAll(async () => {
    cluster = await RegistryCluster.start(3, 2);
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());
  const peersOf = (seats: readonly Seat[]): string => seats.map(({ peerAddress }) => peerAddress).join(',');

  it('are added, transferred to, removed and replaced, and no acknowledged write is lost', async () => {
    await using writing = new Writing(cluster);
    const [fourth, fifth] = [cluster.seat(4), cluster.seat(5)];
    const founders = cluster.seats.slice(0, 3);

    // By itself.
    await cluster.run(fourth, '--join', peersOf(founders));
    await untilVoters(cluster, ['registry-1', 'registry-2', 'registry-3', 'registry-4']);

    await portolan(cluster, 'transfer', 'registry-4');
    expect(await cluster.leader()).toBe(fourth);

    // The leader itself; its process ends, and says why.
    const gone = cluster.process(fourth);
    await portolan(cluster, 'remove', 'registry-4');
    expect(await gone.exited).toBe(1);
    expect(gone.printed()).toContain('CLUSTER_MEMBER_REMOVED');
    cluster.forget(fourth);
    expect(await members(cluster)).toEqual(['registry-1: voter', 'registry-2: voter', 'registry-3: voter']);

    // One that is lost for good, by another.
    await cluster.kill(cluster.seat(1));
    const replaced = portolan(cluster, 'replace', 'registry-1', '--with', fifth.peerAddress, '--wait', '60');
    await cluster.run(fifth, '--join', peersOf(founders));
    expect(await replaced).toMatch(/registry-5/);
    expect(await members(cluster)).toEqual(['registry-2: voter', 'registry-3: voter', 'registry-5: voter']);

    await writing.expectNothingLost();
  }, 120_000);

  it('say exactly why they cannot be changed', async () => {
    await expect(portolan(cluster, 'promote', 'registry-2')).rejects.toThrow(/KV_NOT_A_LEARNER/);
    await expect(portolan(cluster, 'remove', 'nobody')).rejects.toThrow(/CLI_NO_SUCH_MEMBER.*registry-2/s);
    const taken = cluster.seat(2).peerAddress;
    await expect(portolan(cluster, 'add', taken)).rejects.toThrow(/KV_MEMBER_EXISTS/);
  }, 60_000);

  it('refuse a member whose folder was emptied, and say what to do', async () => {
    const nonce = 1n;
    const principal = { kind: 'system', name: 'cluster' } as const;
    await using connection = connect(cluster.seat(2).peerAddress, { principal });
    const joining = createClient(MemberServiceService, connection).join({
      name: 'registry-3',
      nonce,
      peerAddresses: [cluster.seat(3).peerAddress],
    });
    await expect(joining).rejects.toMatchObject({
      code: 'CLUSTER_MEMBER_FORGOTTEN',
      fix: expect.stringContaining('portolan member remove') as unknown,
    });
  });
});
