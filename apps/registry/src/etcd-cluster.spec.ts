import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import {
  connectEtcd,
  describeWithPeers,
  etcdctl,
  everything,
  prepareRefusals,
  refusals,
  RunningCtl,
  type CtlResult,
} from '@portolan/etcd-dialect/testing';
import { assert } from '@portolan/kernel';
import { Etcd3 } from 'etcd3';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';

/** Each starts a process, which takes its time. */
const LOOKS_MAX = 600;

/** As etcdctl tells it of a watch. */
const CANCELED = 'watch was canceled (etcdserver: no leader)\nError: watch is canceled by the server';

/** As npm etcd3 tells it. */
const NO_LEADER = {
  message: expect.stringContaining('etcdserver: no leader') as string,
};

/** What npm etcd3 sends when it is to be refused where nobody leads. */
const requireLeader: Interceptor = (options, next) =>
  new InterceptingCall(next(options), {
    start: (metadata, listener, start) => {
      metadata.set('hasleader', 'true');
      start(metadata, listener);
    },
  });

describeWithPeers(['etcdctl'], 'etcdctl on three registries', () => {
  let cluster: RegistryCluster;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-etcd-cluster-'));
    cluster = await RegistryCluster.start(3);
  }, 60_000);
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const urlOf = (seat: Seat): string => {
    const { etcd } = cluster.process(seat);
    assert(etcd !== undefined, 'a registry answers etcd, unless it is told not to');
    return etcd;
  };
  const at = (number: number, ...args: readonly string[]): Promise<CtlResult> =>
    etcdctl(urlOf(cluster.seat(number)), args);
  const atAll = (...args: readonly string[]): Promise<CtlResult> => etcdctl(cluster.running.map(urlOf).join(','), args);

  /** `member list`, by name; of who has none yet by its peer URL. */
  async function members(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { stdout } = await atAll('member', 'list');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(', '));
    return new Map(
      rows.map(([id = '', state = '', name = '', peers = '', ...rest]) => [name || peers, [id, state, peers, ...rest]]),
    );
  }

  const idOf = async (name: string): Promise<string> => (await members()).get(name)?.[0] ?? '';

  /** Each tells of itself once it is ready. */
  async function untilTold(seats: readonly Seat[]): Promise<void> {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      const told = await members();
      if (seats.every((seat) => told.get(seat.name)?.[3] === urlOf(seat))) return;
    }
    throw new Error(`the members tell ${JSON.stringify([...(await members())])}, not ${seats.map(urlOf).join()}`);
  }

  async function leader(): Promise<Seat> {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      const { stdout } = await atAll('endpoint', 'status');
      const line = stdout.split('\n').find((one) => one.split(', ')[4] === 'true');
      const seat = cluster.running.find((one) => line?.startsWith(`${urlOf(one)}, `));
      if (seat !== undefined) return seat;
    }
    throw new Error('nobody leads');
  }

  it('--cluster: each member is asked where it answers etcd', async () => {
    await untilTold(cluster.seats);
    const urls = cluster.seats.map(urlOf).toSorted();
    await at(1, 'put', 'harbour', 'Lisboa');
    const [status, health, hashes] = await Promise.all([
      at(1, 'endpoint', 'status', '--cluster'),
      at(2, 'endpoint', 'health', '--cluster'),
      at(3, 'endpoint', 'hashkv', '--cluster'),
    ]);
    const lines = (text: string): string[] => text.trim().split('\n').toSorted();
    expect(lines(status.stdout).map((line) => line.split(', ')[0])).toEqual(urls);
    expect(
      lines(status.stdout)
        .map((line) => line.split(', ')[4])
        .toSorted(),
    ).toEqual(['false', 'false', 'true']);
    expect(health.code).toBe(0);
    expect(lines(`${health.stdout}${health.error}`).map((line) => line.split(' is healthy')[0])).toEqual(urls);
    expect(lines(hashes.stdout).map((line) => line.split(', ')[0])).toEqual(urls);
    expect(new Set(lines(hashes.stdout).map((line) => line.split(', ')[1])).size).toBe(1);
  }, 60_000);

  it('refusals: in the words of etcd at whichever member, and nothing comes of them', async () => {
    const led = await leader();
    const follower = cluster.seats.find((seat) => seat !== led);
    assert(follower !== undefined, 'there are three');
    using clients = new DisposableStack();
    const asked = [led, follower].map((seat) => clients.use(connectEtcd(Number(new URL(urlOf(seat)).port))));
    const [leading, following] = asked;
    assert(leading !== undefined && following !== undefined, 'both are asked');
    await prepareRefusals(following);
    const { kvs: before } = await everything(leading);
    for (const [name, code, text, ask] of refusals()) {
      const refusal = { code, details: `etcdserver: ${text}` };
      expect([name, ...(await Promise.all(asked.map(ask)))]).toEqual([name, refusal, refusal]);
    }
    for (const one of asked) expect((await everything(one)).kvs).toEqual(before);
    const { stdout } = await at(1, 'endpoint', 'hashkv', '--cluster');
    const hashes = new Set(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(', ')[1]),
    );
    expect(hashes.size).toBe(1);
  }, 60_000);

  it('members: added, promoted, updated and removed, and refused in the words of etcd', async () => {
    const error = async (...args: readonly string[]): Promise<string> => (await at(2, 'member', ...args)).error;
    const add = ['add', 'fourth', '--learner', '--peer-urls=http://127.0.0.1:2'];
    const { stdout: added } = await at(2, 'member', ...add);
    expect(added).toMatch(
      /^Member +[\da-f]+ added to cluster +[\da-f]+\n\nETCD_NAME="fourth"\nETCD_INITIAL_CLUSTER=".*fourth=http:\/\/127\.0\.0\.1:2.*"/,
    );
    const [id = '', ...told] = (await members()).get('http://127.0.0.1:2') ?? [];
    expect(told).toEqual(['unstarted', 'http://127.0.0.1:2', '', 'true']);
    const first = await idOf('registry-1');
    expect(await error(...add)).toBe('Error: etcdserver: Peer URLs already exists');
    expect(await error('promote', id)).toBe(
      'Error: etcdserver: can only promote a learner member which is in sync with leader',
    );
    expect(await error('promote', first)).toBe('Error: etcdserver: can only promote a learner member');
    expect((await at(3, 'member', 'update', id, '--peer-urls=http://127.0.0.1:3')).stdout).toMatch(
      /^Member +[\da-f]+ updated/,
    );
    expect((await members()).get('http://127.0.0.1:3')?.[0]).toBe(id);
    expect(await error('update', first, '--peer-urls=http://127.0.0.1:3')).toBe(
      'Error: etcdserver: Peer URLs already exists',
    );
    expect((await at(1, 'member', 'remove', id)).stdout).toMatch(/^Member +[\da-f]+ removed/);
    for (const args of [
      ['remove', id],
      ['promote', id],
      ['update', id, '--peer-urls=http://127.0.0.1:4'],
    ]) {
      expect(await error(...args)).toBe('Error: etcdserver: member not found');
    }
    expect((await members()).size).toBe(3);
  }, 60_000);

  it('move-leader, and who may not lead', async () => {
    const before = await leader();
    const next = cluster.seats.find((seat) => seat !== before);
    assert(next !== undefined, 'there are three');
    const id = await idOf(next.name);
    expect((await etcdctl(urlOf(next), ['move-leader', id])).error).toMatch(/^Error: no leader endpoint given at /);
    expect((await atAll('move-leader', id)).stdout).toMatch(
      new RegExp(`^Leadership transferred from [\\da-f]+ to ${id}\n$`),
    );
    expect(await leader()).toBe(next);
    expect((await atAll('move-leader', '1')).error).toBe('Error: etcdserver: bad leader transferee');
  }, 60_000);

  it('alarms: listed, kept to, disarmed', async () => {
    const activate = {
      action: 'ACTIVATE',
      memberID: BigInt(`0x${await idOf('registry-2')}`).toString(),
      alarm: 'NOSPACE',
    };
    const raised = await fetch(`${urlOf(cluster.seat(1))}/v3/maintenance/alarm`, {
      method: 'POST',
      body: JSON.stringify(activate),
    });
    expect(raised.status).toBe(200);
    const line = `memberID:${activate.memberID} alarm:NOSPACE \n`;
    expect((await at(3, 'alarm', 'list')).stdout).toBe(line);
    expect((await at(3, 'put', 'full', 'x')).error).toBe('Error: etcdserver: mvcc: database space exceeded');
    expect((await at(2, 'alarm', 'disarm')).stdout).toBe(line);
    expect(await at(3, 'alarm', 'list')).toMatchObject({ stdout: '', code: 0 });
    expect((await at(3, 'put', 'full', 'x')).stdout).toBe('OK\n');
  }, 60_000);

  it('with one that is down: what would stop the cluster is refused, and it comes back at another port', async () => {
    const led = await leader();
    const [gone, stays] = cluster.seats.filter((seat) => seat !== led);
    assert(gone !== undefined && stays !== undefined, 'there are three');
    const was = urlOf(gone);
    const staying = await idOf(stays.name);
    await cluster.kill(gone);
    // The others notice by the connection.
    let refused = '';
    for (let look = 0; look < LOOKS_MAX && refused === ''; look += 1) refused = await refusedRemoval(staying);
    expect(refused).toBe('Error: etcdserver: unhealthy cluster');
    const { code, stdout, error } = await etcdctl(urlOf(led), [
      'endpoint',
      'health',
      '--cluster',
      '--command-timeout=2s',
    ]);
    expect(code).not.toBe(0);
    expect(`${stdout}${error}`).toContain(`${was} is unhealthy`);
    await cluster.run(gone);
    await untilTold(cluster.seats);
    expect((await at(1, 'endpoint', 'health', '--cluster')).code).toBe(0);
  }, 90_000);

  /** Asks for nothing while it would still be done. */
  async function refusedRemoval(id: string): Promise<string> {
    const { stdout } = await atAll('endpoint', 'status');
    return stdout === '' ? '' : (await atAll('member', 'remove', id)).error;
  }

  it('without a leader: who asks for one is told at once, watches end, the rest is given up in time', async () => {
    const [last] = cluster.seats;
    assert(last !== undefined, 'there are three');
    const url = urlOf(last);
    await using stack = new AsyncDisposableStack();
    const client = stack.adopt(new Etcd3({ hosts: url, grpcOptions: { interceptors: [requireLeader] } }), (one) => {
      one.close();
    });
    // From the next revision on: its process may come to watch after the put.
    const { header } = await client.get('harbour').exec();
    await using watching = new RunningCtl(url, ['watch', 'harbour', `--rev=${Number(header.revision) + 1}`]);
    await client.put('harbour').value('Porto');
    const [, lease = ''] = /lease ([\da-f]+) /.exec((await etcdctl(url, ['lease', 'grant', '600'])).stdout) ?? [];
    expect(await watching.lines(3)).toBe('PUT\nharbour\nPorto');
    await Promise.all(cluster.seats.slice(1).map((seat) => cluster.kill(seat)));

    expect(await watching.ended()).toBe(CANCELED);
    await expect(client.put('harbour').value('Faro').exec()).rejects.toMatchObject(NO_LEADER);
    expect((await etcdctl(url, ['watch', 'harbour'])).error).toBe(CANCELED);
    const [put, stale, lives, added, status] = await Promise.all([
      etcdctl(url, ['put', 'harbour', 'Faro']),
      etcdctl(url, ['get', 'harbour', '--consistency=s']),
      etcdctl(url, ['lease', 'timetolive', lease]),
      etcdctl(url, ['member', 'add', 'x', '--peer-urls=http://127.0.0.1:2']),
      etcdctl(url, ['endpoint', 'status']),
    ]);
    expect(put.error).toBe('Error: etcdserver: request timed out');
    expect(stale.stdout).toBe('harbour\nPorto\n');
    expect(lives.error).toBe('Error: etcdserver: no leader');
    expect(added.error).toBe('Error: etcdserver: unhealthy cluster');
    expect(status.stdout).toContain(', etcdserver: no leader');
  }, 90_000);
});
