import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Metadata } from '@grpc/grpc-js';
import {
  callsOfMembers,
  connectEtcd,
  describeWithPeers,
  LEASE,
  outcomeOf,
  startRealEtcds,
  type EtcdClients,
} from '@portolan/etcd-dialect/testing';
import { assert } from '@portolan/kernel';
import { z } from 'zod';
import { RegistryCluster } from './testing/registry-cluster.ts';

/** Three members. */
interface Three extends AsyncDisposable {
  readonly members: readonly { readonly port: number; readonly pid: number }[];
}

async function threeRegistries(): Promise<Three> {
  const cluster = await RegistryCluster.start(3);
  const members = cluster.seats.map((seat) => {
    const { etcd, pid } = cluster.process(seat);
    assert(etcd !== undefined, 'a registry answers etcd, unless it is told not to');
    return { port: Number(new URL(etcd).port), pid };
  });
  return { members, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

/** Stops two of three, and lets them go on whatever comes of it. Begins when the third has noticed. */
async function whileStopped<Result>(
  { members }: Three,
  third: EtcdClients,
  use: () => Promise<Result>,
): Promise<Result> {
  const pids = members.slice(1).map(({ pid }) => pid);
  try {
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    while ((await put(third, 'k', '', requiresLeader)) !== 'etcdserver: no leader');
    return await use();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/**
 * What a write is told that waited for a leader in vain. etcd's own word when its raft has not even taken it is that of its context, with
 * DEADLINE_EXCEEDED, and clients do not go to another member for that; ours is the one it has for all other such cases (UNAVAILABLE).
 */
const IN_VAIN = { real: 'context deadline exceeded', ours: 'etcdserver: request timed out' };

const requiresLeader = new Metadata();
requiresLeader.set('hasleader', 'true');

/** What it was refused with, or that it was not. */
const textOf = (outcome: unknown): string =>
  typeof outcome === 'object' && outcome !== null && 'details' in outcome ? String(outcome.details) : 'answered';

async function put({ kv }: EtcdClients, key: string, value = '', metadata = new Metadata()): Promise<string> {
  const request = { key: Buffer.from(key), value: Buffer.from(value), lease: 0n };
  const rest = { prevKv: false, ignoreValue: false, ignoreLease: false };
  return textOf(await outcomeOf(kv, kv.put.bind(kv), { ...request, ...rest }, metadata));
}

const Line = z.object({ host: z.string(), what: z.string(), detail: z.string() });

/** What npm etcd3 sees in a process of its own, which it would keep alive. */
class Watching implements Disposable {
  readonly seen: z.infer<typeof Line>[] = [];
  readonly #child: ChildProcess;
  #looks: (() => void)[] = [];

  constructor(hosts: readonly string[]) {
    const script = fileURLToPath(new URL('./testing/etcd3-watching.ts', import.meta.url));
    const child = spawn(process.execPath, [script, ...hosts], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.seen.push(Line.parse(JSON.parse(line)));
      for (const look of this.#looks.splice(0)) look();
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#looks.push(resolve);
      });
    }
  }

  of(host: string, what: string): string[] {
    return this.seen.filter((one) => one.host === host && one.what === what).map(({ detail }) => detail);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

describeWithPeers(['etcd'], 'two of three members stop, of a real etcd and of ours', () => {
  const clusters = [() => startRealEtcds(3), threeRegistries] as const;

  it('each call is refused, or answered, as by etcd, with and without asking for a leader', async () => {
    const told = await Promise.all(
      clusters.map(async (start) => {
        await using three = await start();
        using clients = connectEtcd(portOf(three, 0));
        const { lease } = clients;
        await outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: LEASE, TTL: 600n });
        await put(clients, 'k');
        return await whileStopped(three, clients, () =>
          Promise.all(
            callsOfMembers().map(async ([name, call]) => [
              name,
              textOf(await call(clients, new Metadata())),
              textOf(await call(clients, requiresLeader)),
            ]),
          ),
        );
      }),
    );
    const [real, ours] = told;
    expect(ours).toEqual(real?.map((row) => row.map((text) => (text === IN_VAIN.real ? IN_VAIN.ours : text))));
    process.stdout.write(`${(ours ?? []).map((row) => row.join(' | ')).join('\n')}\n`);
  }, 120_000);

  it.each([
    ['real', clusters[0]],
    ['ours', clusters[1]],
  ] as const)(
    'npm etcd3 goes on to watch three by itself, and misses nothing: %s',
    async (whose, start) => {
      await using three = await start();
      using clients = connectEtcd(portOf(three, 0));
      const hosts = three.members.map(({ port }) => `127.0.0.1:${port}`);
      using watching = new Watching(hosts);
      const all = (what: string, count: number) => () => hosts.every((host) => watching.of(host, what).length >= count);
      await watching.until(all('watching', 1));
      const values = Array.from({ length: 20 }, (_, index) => String(index));
      for (const value of values.slice(0, 10)) expect(await put(clients, 'w/1', value)).toBe('answered');
      expect(await whileStopped(three, clients, () => put(clients, 'k'))).toBe(IN_VAIN[whose]);
      while ((await put(clients, 'k')) !== 'answered');
      for (const value of values.slice(10)) expect(await put(clients, 'w/1', value)).toBe('answered');
      await watching.until(all('put', values.length));
      for (const host of hosts) expect(watching.of(host, 'put')).toEqual(values);
      const others = watching.seen.filter(({ what }) => !['put', 'watching'].includes(what));
      process.stdout.write(`besides: ${JSON.stringify(others)}\n`);
    },
    120_000,
  );
});

function portOf({ members }: Three, index: number): number {
  const member = members[index];
  assert(member !== undefined, 'there are three');
  return member.port;
}
