import { join } from 'node:path';
import { temporaryFolder } from '@portolan/raft-driver/testing';
import { keyOf, keysWithPrefix } from '@portolan/kv';
import { runCommandLine } from '../command-line.ts';
import { RestoredCluster } from '../testing/restored-cluster.ts';
import { fill, principal, serveStore } from '../testing/served-store.ts';

const KEYS = 100_000;
/** What an operator may have to wait for. */
const GOAL_MS = 60_000;

async function portolan(...argv: readonly string[]): Promise<void> {
  let told = '';
  const code = await runCommandLine(['registry', ...argv], {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (told += text) },
  });
  if (code !== 0) throw new Error(told);
}

/** Prints how long it took: nothing depends on it here. */
async function measured(what: string, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  const took = performance.now() - begun;
  process.stdout.write(`${what}: ${Math.round(took)} ms\n`);
  return took;
}

it(`restores ${KEYS} keys into three folders, from which members start`, async () => {
  await using temporary = await temporaryFolder();
  await using served = await serveStore();
  await fill(served.store, 'user', 'key-', KEYS);
  const file = join(temporary.path, 'drill.backup');
  const data = join(temporary.path, 'data');
  const names = ['one', 'two', 'three'];
  const members = names.map((name, index) => `${name}=127.0.0.1:${2380 + index}`).join(',');
  await measured(`backup of ${KEYS} keys`, () => portolan('backup', '--registry', served.address, '--out', file));
  const restoring = await measured('restore into three folders', () =>
    portolan('restore', file, '--data-dir', data, '--members', members),
  );
  await using stack = new AsyncDisposableStack();
  const starting = await measured('start of three members, and the first write', async () => {
    const cluster = stack.use(await RestoredCluster.start(names.map((name) => join(data, name))));
    for (const store of cluster.stores.slice(0, 1)) await fill(store, 'user', 'new-', 1);
    const [, second] = cluster.stores;
    const found = await second?.range({
      principal,
      keyspace: 'user',
      keys: keysWithPrefix(keyOf('')),
      select: 'count',
    });
    expect(found?.count).toBe(KEYS + 1);
  });
  const sum = Math.round(restoring + starting);
  process.stdout.write(`restored and serving after ${sum} ms; the goal is ${GOAL_MS} ms\n`);
}, 300_000);
