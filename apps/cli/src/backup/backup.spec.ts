import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@portolan/raft-driver/testing';
import { keyOf, keysWithPrefix, revision } from '@portolan/kv';
import { REVISION_MARGIN } from '@portolan/kv/backup';
import { runCommandLine } from '../command-line.ts';
import { RestoredCluster } from '../testing/restored-cluster.ts';
import { fill, principal, serveStore, type ServedStore } from '../testing/served-store.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function portolan(...argv: readonly string[]): Promise<Outcome> {
  const text = { out: '', err: '' };
  const code = await runCommandLine(['registry', ...argv], {
    stdout: { write: (more: string) => (text.out += more) },
    stderr: { write: (more: string) => (text.err += more) },
  });
  return { code, ...text };
}

class Setting implements AsyncDisposable {
  readonly path: string;
  readonly served: ServedStore;
  readonly #stack: AsyncDisposableStack;

  private constructor(path: string, served: ServedStore, stack: AsyncDisposableStack) {
    this.path = path;
    this.served = served;
    this.#stack = stack;
  }

  static async open(): Promise<Setting> {
    const stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder());
    return new Setting(path, stack.use(await serveStore()), stack);
  }

  get file(): string {
    return join(this.path, 'the.backup');
  }

  backup(): Promise<Outcome> {
    return portolan('backup', '--registry', this.served.address, '--out', this.file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

describe('portolan registry backup', () => {
  it('writes a file, and says what is in it, as inspect does', async () => {
    await using setting = await Setting.open();
    await fill(setting.served.store, 'user', 'key', 500);
    const taken = await setting.backup();
    expect(taken).toMatchObject({ code: 0, err: '' });
    expect(await readdir(setting.path)).toEqual(['the.backup']);
    expect(taken.out).toMatch(
      /^\S+the\.backup\n {2}taken +\S+, by member 1 of cluster 1\n {2}of +revision 6, entry \d+, incarnation before\n {2}contents +\d+ bytes, SHA-256 verified\n$/,
    );
    expect(await portolan('inspect', setting.file)).toEqual(taken);
    const { out } = await portolan('inspect', setting.file, '--json');
    expect(JSON.parse(out)).toMatchObject({ clusterId: '1', revision: 6, damage: [] });
  });

  it('leaves the file of before as it was when there is no new one', async () => {
    await using setting = await Setting.open();
    await setting.backup();
    const before = await readFile(setting.file);
    await setting.served[Symbol.asyncDispose]();
    const failed = await setting.backup();
    expect(failed).toMatchObject({ code: 2, out: '' });
    expect(await readFile(setting.file)).toEqual(before);
    expect(await readdir(setting.path)).toEqual(['the.backup']);
  });

  it('is told to be damaged, with place and remedy, and not restored', async () => {
    await using setting = await Setting.open();
    await fill(setting.served.store, 'user', 'key', 100);
    await setting.backup();
    const bytes = await readFile(setting.file);
    bytes[bytes.length - 200] = 1 ^ (bytes[bytes.length - 200] ?? 0);
    await writeFile(setting.file, bytes);
    const { code, out } = await portolan('inspect', setting.file);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^KV_BACKUP_DAMAGED in \S+, byte \d+\n {2}the slice that begins here .*\n {2}→ take another copy/,
    );
    const refused = await portolan('restore', setting.file, '--data-dir', join(setting.path, 'data'), '--members', 'a');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('KV_BACKUP_DAMAGED');
    expect(await readdir(setting.path)).toEqual(['the.backup']);
  });
});

describe('portolan registry restore', () => {
  it('makes folders from which the members of a new cluster start', async () => {
    await using setting = await Setting.open();
    const { store } = setting.served;
    await fill(store, 'user', 'key', 300);
    await fill(store, 'catalog', 'service', 20);
    await fill(store, 'system', 'cluster/members/', 3);
    await setting.backup();
    const data = join(setting.path, 'data');
    const names = ['one', 'two', 'three'];
    const members = names.map((name, index) => `${name}=127.0.0.1:${2380 + index}`).join(',');
    const restored = await portolan('restore', setting.file, '--data-dir', data, '--members', members);
    expect(restored).toMatchObject({ code: 0, err: '' });
    const { revision: before } = await store.status();
    expect(restored.out).toContain(`revision  ${before + REVISION_MARGIN}: everything before is compacted`);
    expect(restored.out).toMatch(/ {2}keys +320\n/);

    await using cluster = await RestoredCluster.start(names.map((name) => join(data, name)));
    const [first, , third] = cluster.stores;
    if (first === undefined || third === undefined) throw new Error('there are three');
    expect(cluster.clusterIds.size).toBe(1);
    expect([...cluster.clusterIds][0]).not.toBe(1n);
    const all = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) } as const;
    await fill(first, 'user', 'new', 1);
    const { keyValues, revision: now } = await third.range(all);
    expect(keyValues.map(({ key }) => key).sort()).toEqual(
      ['new0', ...(await store.range(all)).keyValues.map(({ key }) => key)].sort(),
    );
    expect(now).toBe(before + REVISION_MARGIN + 1);
    expect((await third.range({ ...all, keyspace: 'system' })).keyValues).toEqual([]);
    const old = third.watch({ ...all, startRevision: revision(before + 1) }, new AbortController().signal);
    await expect(old[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'KV_COMPACTED' });
  }, 60_000);

  it('makes them one by one, on each member’s own host, and is the same', async () => {
    await using setting = await Setting.open();
    await fill(setting.served.store, 'user', 'key', 10);
    await setting.backup();
    const flags = ['--members', 'one=127.0.0.1:2380,two=127.0.0.1:2381', '--cluster-id', 'abc'];
    const folders = ['one', 'two'].map((name) => join(setting.path, `host-of-${name}`));
    for (const [index, name] of ['one', 'two'].entries()) {
      const made = await portolan(
        'restore',
        setting.file,
        '--data-dir',
        folders[index] ?? '',
        '--only',
        name,
        ...flags,
      );
      expect(made).toMatchObject({ code: 0, err: '' });
    }
    await using cluster = await RestoredCluster.start(folders);
    await fill(cluster.stores[1] ?? setting.served.store, 'user', 'new', 1);
    expect(cluster.clusterIds).toEqual(new Set([0xabcn]));
  }, 60_000);

  it('touches no folder that is a member’s', async () => {
    await using setting = await Setting.open();
    await setting.backup();
    const restore = (): Promise<Outcome> =>
      portolan('restore', setting.file, '--data-dir', join(setting.path, 'data'), '--members', 'alone');
    expect(await restore()).toMatchObject({ code: 0 });
    const again = await restore();
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain('RAFT_FOLDER_TAKEN');
  });
});
