import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, keyToText, type KvStore, type StoreStatus } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { startRegistry } from './testing/registry-process.ts';

const principal: Principal = { kind: 'service', name: 'test' };
const all = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) } as const;
const CLI = join(import.meta.dirname, '../../cli/src/portolan.ts');
const GUARD_MS = 120_000;

const portolan = async (...argv: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [CLI, 'registry', ...argv])).stdout;

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'portolan-backups-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function ask<Answer>(grpc: string, question: (store: KvStore) => Promise<Answer>): Promise<Answer> {
  await using connection = connect(grpc);
  await using store = createKvClient(connection, { clock: systemClock, rng: createSeededRng(1) });
  return await question(store);
}

/** The first backup that comes into a folder. */
async function firstBackup(folder: string): Promise<string> {
  const coming = watch(folder, { signal: AbortSignal.timeout(GUARD_MS) });
  const isBackup = (name: string): boolean => name.endsWith('.portolan');
  const there = (await readdir(folder)).find(isBackup);
  if (there !== undefined) return there;
  for await (const { filename } of coming) if (filename !== null && isBackup(filename)) return filename;
  throw new Error('no backup came');
}

describe('backups of a registry', () => {
  it(
    'are taken on schedule, by hand while it runs, and begin another one',
    async () => {
      await using temporary = await temporaryFolder();
      const { path } = temporary;
      const backups = join(path, 'backups');
      const file = join(path, 'by-hand.backup');
      await mkdir(backups);
      let before: StoreStatus;
      {
        await using registry = await startRegistry(join(path, 'before'), '--backup-dir', backups);
        const success = ['a', 'b'].map(
          (key) => ({ kind: 'put', keyspace: 'user', key: keyOf(key), value: Buffer.from(key) }) as const,
        );
        await ask(registry.grpc, (store) => store.txn({ principal, success }));
        expect(await portolan('backup', '--registry', registry.grpc, '--out', file)).toContain('SHA-256 verified');
        before = await ask(registry.grpc, (store) => store.status());
        const scheduled = join(backups, await firstBackup(backups));
        expect(await portolan('inspect', scheduled)).toContain(`of cluster ${before.clusterId.toString(16)}\n`);
      }
      const after = join(path, 'after');
      expect(await portolan('restore', file, '--data-dir', after, '--members', 'alone')).toMatch(/ keys +\d/);
      await using restored = await startRegistry(after);
      const found = await ask(restored.grpc, (store) => store.range(all));
      expect(found.keyValues.map(({ key }) => keyToText(key))).toEqual(['a', 'b']);
      expect(found.incarnation).not.toBe(before.incarnation);
      expect(found.revision).toBeGreaterThan(before.revision + 999_999_999);
    },
    GUARD_MS,
  );
});
