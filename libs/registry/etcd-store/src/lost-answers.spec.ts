import { ANONYMOUS as principal } from '@portolan/kernel';
import { keyOf, oneKey, OutcomeUnknownError, sessionId, type TxnRequest } from '@portolan/kv';
import { CuttingProxy } from './testing/cutting-proxy.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

describeWithEtcd('a transaction whose answer is lost', (running) => {
  const putting = (name: string): TxnRequest => ({
    principal,
    success: [{ kind: 'put', keyspace: 'user', key: keyOf(name), value: Buffer.from('1'), previous: true }],
  });

  it('may have been done, and is not done again', async () => {
    await using proxy = await CuttingProxy.open(running().endpoints[0] ?? '');
    await using store = await opened([proxy.address]);
    proxy.cutNextAnswer();
    await expect(store.txn(putting('a'))).rejects.toBeInstanceOf(OutcomeUnknownError);
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('a')) });
    expect(keyValues).toMatchObject([{ version: 1 }]);
  });

  it('is answered after all when it has a sequence, and done once', async () => {
    await using proxy = await CuttingProxy.open(running().endpoints[0] ?? '');
    await using store = await opened([proxy.address]);
    const once = (sequence: number): TxnRequest => ({
      ...putting('b'),
      idempotency: { session: sessionId(5n), sequence },
    });
    await store.txn(once(1));
    proxy.cutNextAnswer();
    const answer = await store.txn(once(2));
    expect(answer.results).toMatchObject([{ kind: 'put', previous: { version: 1 } }]);
    const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('b')) });
    expect(keyValues).toMatchObject([{ version: 2, modRevision: answer.revision }]);
  });

  it('is asked again when it only reads', async () => {
    await using proxy = await CuttingProxy.open(running().endpoints[0] ?? '');
    await using store = await opened([proxy.address]);
    proxy.cutNextAnswer();
    const read = { kind: 'range', keyspace: 'user', keys: oneKey(keyOf('none')) } as const;
    expect(await store.txn({ principal, success: [read] })).toMatchObject({ results: [{ count: 0 }] });
  });
});
