import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ANONYMOUS as principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, oneKey, type Keyspace, type PutOperation } from '@portolan/kv';
import { WatchReader } from '@portolan/kv/testing';
import { EtcdAccessError } from './errors.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

const run = promisify(execFile);
const prefix = keyOf('portolan/');
const put = (name: string, keyspace: Keyspace = 'user'): PutOperation => ({
  kind: 'put',
  keyspace,
  key: keyOf(name),
  value: Buffer.from('1'),
});

describeWithEtcd('a store on an etcd with users', (running) => {
  const etcdctl = (...args: readonly string[]): Promise<unknown> =>
    run('etcdctl', ['--endpoints', running().endpoints.join(','), ...args], {
      env: { ...process.env, ETCDCTL_API: '3' },
    });

  beforeAll(async () => {
    await etcdctl('user', 'add', 'root:secret');
    await etcdctl('user', 'grant-role', 'root', 'root');
    await etcdctl('user', 'add', 'portolan:word');
    await etcdctl('role', 'add', 'registry');
    await etcdctl('role', 'grant-permission', 'registry', '--prefix=true', 'readwrite', prefix);
    await etcdctl('user', 'grant-role', 'portolan', 'registry');
    await etcdctl('auth', 'enable');
  }, 60_000);

  it('does all it has to with a role for its prefix', async () => {
    const credentials = { user: 'portolan', password: 'word' };
    await using store = await opened(running().endpoints, { prefix, credentials });
    const { id } = await store.grantLease({ principal, ttlSeconds: 100 });
    await using reader = await new WatchReader(store, { keyspace: 'user', keys: keysWithPrefix(keyOf('')) }).created();
    await store.txn({ principal, success: [put('a'), put('b', 'catalog')] });
    expect(await reader.until(1)).toMatchObject([{ kind: 'put' }]);
    await store.keepAlive({ principal, id });
    await store.revokeLease({ principal, id });
    expect((await store.status()).keyspaces).toMatchObject({ user: { keys: 1 }, catalog: { keys: 1 } });
  });

  it('is let in again when etcd has forgotten who it is', async () => {
    const credentials = { user: 'portolan', password: 'word' };
    await using store = await opened(running().endpoints, { prefix, credentials });
    await running().kill();
    await running().restart();
    expect(await store.txn({ principal, success: [put('again')] })).toMatchObject({ succeeded: true });
  });

  it.each([
    ['without a user', undefined, prefix],
    ['with a wrong password', { user: 'portolan', password: 'sword' }, prefix],
    ['with a role for another prefix', { user: 'portolan', password: 'word' }, keyOf('elsewhere/')],
  ] as const)('says at the start that it is not let in %s', async (_what, credentials, elsewhere) => {
    const opening = opened(running().endpoints, { prefix: elsewhere, credentials });
    await expect(opening).rejects.toBeInstanceOf(EtcdAccessError);
  });

  it('asks as its own user, whoever asks it: principals are judged here', async () => {
    const credentials = { user: 'portolan', password: 'word' };
    const asked: string[] = [];
    const authorize = (_principal: unknown, { kind }: { readonly kind: string }): void => {
      asked.push(kind);
    };
    await using store = await opened(running().endpoints, { prefix, credentials }, { authorize });
    const { id } = await store.grantLease({ principal, ttlSeconds: 100 });
    await store.txn({ principal, success: [{ ...put('leased'), lease: id }] });
    await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('leased')) });
    await store.revokeLease({ principal, id });
    await store.grantLease({ principal, ttlSeconds: 100, keyspace: 'catalog' });
    expect(asked).toEqual(['lease', 'write', 'read', 'lease', 'write', 'lease', 'write']);
  });
});
