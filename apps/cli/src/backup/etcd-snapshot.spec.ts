import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithPeers, etcdctl, startOurEtcd } from '@portolan/etcd-dialect/testing';
import { temporaryFolder } from '@portolan/raft-driver/testing';
import { keyOf, keysWithPrefix } from '@portolan/kv';
import { runCommandLine } from '../command-line.ts';
import { RestoredCluster } from '../testing/restored-cluster.ts';
import { fill, principal } from '../testing/served-store.ts';

async function portolan(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const write = (more: string): string => (text += more);
  const code = await runCommandLine(['registry', ...argv], { stdout: { write }, stderr: { write } });
  return { code, text };
}

describeWithPeers(['etcdctl'], 'what `etcdctl snapshot save` has written', () => {
  it('is a backup: inspected, restored with the catalog, and refused where a byte is another', async () => {
    await using folder = await temporaryFolder();
    await using ours = await startOurEtcd();
    const file = join(folder.path, 'etcd.snapshot');
    await fill(ours.store, 'user', 'key', 100);
    await fill(ours.store, 'catalog', 'service', 10);
    expect((await etcdctl(ours.port, ['snapshot', 'save', file])).code).toBe(0);
    const inspected = await portolan('inspect', file);
    expect(inspected).toMatchObject({
      code: 0,
      text: expect.stringMatching(/bytes, SHA-256 verified, as etcd's clients save it\n/) as string,
    });

    const data = join(folder.path, 'data');
    const restored = await portolan('restore', file, '--data-dir', data, '--members', 'one');
    expect(restored).toMatchObject({ code: 0, text: expect.stringMatching(/ {2}keys +110\n/) as string });
    await using cluster = await RestoredCluster.start([data]);
    for (const [keyspace, count] of [
      ['user', 100],
      ['catalog', 10],
    ] as const) {
      const read = await cluster.stores[0]?.range({ principal, keyspace, keys: keysWithPrefix(keyOf('')) });
      expect(read?.count).toBe(count);
    }

    const bytes = await readFile(file);
    for (const place of [bytes.length - 1, bytes.length - 40, bytes.length - 41]) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(bytes.readUInt8(place) ^ 1, place);
      await writeFile(file, damaged);
      expect(await portolan('inspect', file)).toMatchObject({
        code: 1,
        text: expect.stringContaining('after its end') as string,
      });
    }
  }, 60_000);
});
