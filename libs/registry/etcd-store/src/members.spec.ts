import { ANONYMOUS as principal } from '@portolan/kernel';
import { keyOf, oneKey } from '@portolan/kv';
import { RpcError } from '@portolan/rpc';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

describeWithEtcd('a store with several members in its address', (running) => {
  const nobody = '127.0.0.1:1';
  const seeds = [1, 2, 3, 4].map((seed) => ({ below: (bound: number) => seed % bound, float: () => 0.5 }));

  it.each(seeds)('asks the next one when the first does not answer', async (rng) => {
    await using store = await opened([nobody, ...running().endpoints, nobody], {}, { rng });
    expect(await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('a')) })).toMatchObject({ count: 0 });
  });

  it('says at the start that nobody answers', async () => {
    await expect(opened([nobody], {}, { timeoutMs: 200 })).rejects.toBeInstanceOf(RpcError);
  });
});
