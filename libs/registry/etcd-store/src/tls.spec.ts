import { fileURLToPath } from 'node:url';
import { ANONYMOUS as principal } from '@portolan/kernel';
import { keyOf, oneKey } from '@portolan/kv';
import { readTls, RpcError } from '@portolan/rpc';
import { parseEtcdAddress } from './etcd-address.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

/** Of the certificates that the tests of `@portolan/rpc` have: for localhost and 127.0.0.1, valid for 100 years. */
const file = (name: string): string =>
  fileURLToPath(new URL(`../../../platform/rpc/testdata/${name}`, import.meta.url));
const ca = file('ca.pem');

describeWithEtcd(
  'a store on an etcd with TLS',
  (running) => {
    const asked = async (query: string): Promise<number> => {
      const address = parseEtcdAddress(`etcd://${running().endpoints.join(',')}/?${query}`);
      const tls = await readTls(address.tls);
      await using store = await opened(address.endpoints, address, { tls, timeoutMs: 1_000 });
      return (await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('a')) })).count;
    };

    it('is let in with a certificate of the same authority', async () => {
      expect(await asked(`ca=${ca}&cert=${file('client.pem')}&key=${file('client.key')}`)).toBe(0);
    });

    it.each([
      ['without one', ''],
      ["with a stranger's", `ca=${ca}&cert=${file('stranger.pem')}&key=${file('stranger.key')}`],
    ])('is not %s', async (_what, query) => {
      await expect(asked(query)).rejects.toBeInstanceOf(RpcError);
    });
  },
  { tls: { ca, cert: file('server.pem'), key: file('server.key') } },
);
