import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBoth, type Both } from './testing/both.ts';
import { etcdctl, RunningCtl } from './testing/etcdctl.ts';
import { describeWithPeers } from './testing/peers.ts';

/** Runs the same on both, one after the other. @returns what each made of it */
async function onBoth<Result>(both: Both, run: (port: number) => Promise<Result>): Promise<[Result, Result]> {
  return [await run(both.real.port), await run(both.ours.port)];
}

async function put(port: number, ...pairs: readonly (readonly [string, string])[]): Promise<void> {
  for (const [key, value] of pairs) await etcdctl(port, ['put', key, value]);
}

/** etcdctl names its keys after leases that the server chose. */
const withoutLease = (text: string): string => text.replaceAll(/\/[\da-f]{10,16}\b/g, '/<lease>');

describeWithPeers(['etcd', 'etcdctl'], 'what goes on in etcdctl, on a real etcd and on ours', () => {
  let both: Both;
  let folder: string;
  beforeAll(async () => {
    both = await startBoth();
    folder = await mkdtemp(join(tmpdir(), 'portolan-etcdctl-'));
  });
  afterAll(async () => {
    await both[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('watch: from now, from a revision, with what was before, of a prefix', async () => {
    const [real, ours] = await onBoth(both, async (port) => {
      await put(port, ['w/1', 'a'], ['w/1', 'b'], ['v', 'c']);
      await etcdctl(port, ['del', 'w/1']);
      await using past = new RunningCtl(port, ['watch', 'w', '--prefix', '--rev=2', '--prev-kv']);
      const seen = [await past.lines(13)];
      await put(port, ['w/2', 'd']);
      seen.push(await past.lines(16));
      await using interactive = new RunningCtl(port, ['watch', '-i']);
      interactive.write('watch w/1 --rev=2\nwatch w/2 --rev=2\n');
      seen.push((await interactive.lines(12)).split('\n').toSorted().join('\n'));
      return seen;
    });
    expect(ours).toEqual(real);
    expect(real.join('')).toContain('DELETE');
  });

  it('watch: before the compaction', async () => {
    const [real, ours] = await onBoth(both, async (port) => {
      await etcdctl(port, ['compaction', '4']);
      return etcdctl(port, ['watch', 'w', '--prefix', '--rev=2']);
    });
    expect(ours).toEqual(real);
    expect(`${real.stdout}${real.error}`).toMatch(/compacted/);
  });

  it('leases: keep-alive, time to live with keys, list, revoke', async () => {
    const [real, ours] = await onBoth(both, async (port) => {
      const granted = await etcdctl(port, ['lease', 'grant', '30']);
      const [, id = ''] = /lease ([\da-f]+) granted with TTL\(30s\)/.exec(granted.stdout) ?? [];
      expect(id).toMatch(/^[\da-f]{16}$/);
      await etcdctl(port, ['put', 'leased/1', 'x', `--lease=${id}`]);
      const told = [
        await etcdctl(port, ['lease', 'keep-alive', '--once', id]),
        await etcdctl(port, ['lease', 'timetolive', id, '--keys']),
        await etcdctl(port, ['lease', 'list']),
        await etcdctl(port, ['lease', 'revoke', id]),
        await etcdctl(port, ['lease', 'timetolive', id]),
        await etcdctl(port, ['get', 'leased', '--prefix']),
      ];
      // A second may have begun meanwhile.
      return told.map(({ stdout }) => stdout.replaceAll(id, '<id>').replace(/remaining\(\d+s\)/, 'remaining'));
    });
    expect(ours).toEqual(real);
  });

  it('lock and elect: one after the other', async () => {
    const [real, ours] = await onBoth(both, async (port) => {
      const held = await etcdctl(port, ['lock', 'mutex', 'echo', 'inside']);
      await using first = new RunningCtl(port, ['lock', 'mutex']);
      const seen = [held.stdout, withoutLease(await first.lines(1))];
      await using second = new RunningCtl(port, ['lock', 'mutex']);
      await first.interrupt();
      seen.push(withoutLease(await second.lines(1)));
      await second.interrupt();
      await using leader = new RunningCtl(port, ['elect', 'office', 'ada']);
      seen.push(withoutLease(await leader.lines(2)));
      await using listener = new RunningCtl(port, ['elect', '-l', 'office']);
      seen.push(withoutLease(await listener.lines(2)));
      await using next = new RunningCtl(port, ['elect', 'office', 'grace']);
      await leader.interrupt();
      seen.push(withoutLease(await next.lines(2)), withoutLease(await listener.lines(4)));
      await next.interrupt();
      return seen;
    });
    expect(ours).toEqual(real);
  });

  it('snapshot save: the digest behind whole pages is right', async () => {
    const path = join(folder, 'ours.snapshot');
    const saved = await etcdctl(both.ours.port, ['snapshot', 'save', path]);
    expect(saved.stdout).toBe(`Snapshot saved at ${path}\n`);
    const bytes = await readFile(path);
    expect(bytes.length % 512).toBe(32);
    const digest = createHash('sha256').update(bytes.subarray(0, -32)).digest();
    expect(bytes.subarray(-32)).toEqual(digest);
    expect(Number(bytes.readBigUInt64LE(bytes.length - 40))).toBeLessThan(bytes.length - 40);
    // It opens a bolt database; ours is no such thing, and is for `portolan registry inspect`.
    const status = await etcdctl(both.ours.port, ['snapshot', 'status', path]);
    expect([status.code === 0, status.error]).toEqual([false, expect.stringContaining('invalid database')]);
  });

  it('make-mirror: to and from a real etcd', async () => {
    const { real, ours } = both;
    await put(real.port, ['from-real/1', '1'], ['from-real/2', '2']);
    await put(ours.port, ['from-ours/1', '1'], ['from-ours/2', '2']);
    const [there, back] = [
      await mirrored(real.port, ours.port, 'from-real/'),
      await mirrored(ours.port, real.port, 'from-ours/'),
    ];
    expect(there).toBe('from-real/2\n2\nfrom-real/3\n3\n');
    expect(back).toBe('from-ours/2\n2\nfrom-ours/3\n3\n');
  });

  it('members, status, hashes: in the shapes that etcdctl prints', async () => {
    const { port } = both.ours;
    const told = async (...args: readonly string[]): Promise<string> => (await etcdctl(port, args)).stdout;
    expect(await told('member', 'list')).toBe(
      '1, started, default, http://localhost:2380, http://localhost:2379, false\n',
    );
    expect(await told('member', 'add', 'two', '--learner', '--peer-urls=http://127.0.0.1:2')).toContain(
      'Member                2 added to cluster                1',
    );
    const again = await etcdctl(port, ['member', 'add', 'two', '--peer-urls=http://127.0.0.1:2']);
    expect(again.error).toBe('Error: etcdserver: Peer URLs already exists');
    const early = await etcdctl(port, ['member', 'promote', '2']);
    expect(early.error).toContain('can only promote a learner member which is in sync with leader');
    expect(await told('member', 'update', '2', '--peer-urls=http://127.0.0.1:3')).toMatch(/^Member +2 updated/);
    expect(await told('member', 'remove', '2')).toMatch(/^Member +2 removed/);
    expect(await told('move-leader', '1')).toMatch(/^Leadership transferred from 1 to 1/);
    expect(await told('endpoint', 'status')).toMatch(
      /^127\.0\.0\.1:\d+, 1, 3\.6\.0, \d+ B, true, false, 1, \d+, \d+, \n$/,
    );
    expect(await told('endpoint', 'hashkv')).toMatch(/^127\.0\.0\.1:\d+, \d+\n$/);
  });
});

/** Mirrors what is there, then a put and a deletion while it runs. @returns what is there in the end */
async function mirrored(from: number, to: number, prefix: string): Promise<string> {
  await using running = new AsyncDisposableStack();
  running.use(new RunningCtl(from, ['make-mirror', `127.0.0.1:${to}`, '--prefix', prefix]));
  await until(async () => (await etcdctl(to, ['get', `${prefix}2`])).stdout !== '');
  await put(from, [`${prefix}3`, '3']);
  await etcdctl(from, ['del', `${prefix}1`]);
  await until(async () => (await etcdctl(to, ['get', `${prefix}1`])).stdout === '');
  return (await etcdctl(to, ['get', prefix, '--prefix'])).stdout;
}

/** Each starts a process, which takes its time. */
const LOOKS_MAX = 500;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look += 1) if (await isSo()) return;
  throw new Error('it did not become so');
}
