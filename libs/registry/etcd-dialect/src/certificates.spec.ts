import { request } from 'node:https';
import { certificateFiles, certified, type CertifiedName } from '@portolan/access/testing';
import { connectFast } from '@portolan/grpc';
import { KVService } from '@portolan/contracts/etcd/kv';
import { createClient } from '@portolan/rpc';
import { etcdctl, type CtlResult } from './testing/etcdctl.ts';
import { startOurEtcd, type OurEtcd } from './testing/our-etcd.ts';

let ours: OurEtcd;
beforeAll(async () => {
  ours = await startOurEtcd({ tls: certified('registry') });
});
afterAll(() => ours[Symbol.asyncDispose]());

function ctl(name: CertifiedName, ...args: readonly string[]): Promise<CtlResult> {
  const { tlsCert, tlsKey, tlsCa } = certificateFiles(name);
  const shown = [`--cert=${tlsCert}`, `--key=${tlsKey}`, `--cacert=${tlsCa}`];
  return etcdctl(`https://127.0.0.1:${ours.port}`, [...shown, ...args]);
}

/** Through the JSON gateway. @returns its status */
function posted(name: CertifiedName, path: string, body: object): Promise<number | undefined> {
  const { cert, key, ca } = certified(name);
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: ours.port, path, method: 'POST', cert, key, ca, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

describe("etcd's clients with certificates", () => {
  it('have keys and leases as a service', async () => {
    expect(await ctl('orders', 'put', 'a', '1')).toMatchObject({ code: 0, stdout: 'OK\n' });
    expect(await ctl('orders', 'get', 'a', '--print-value-only')).toMatchObject({ stdout: '1\n' });
    expect(await ctl('orders', 'lease', 'grant', '60')).toMatchObject({ code: 0 });
    expect(await ctl('orders', 'endpoint', 'status')).toMatchObject({ code: 0 });
  });

  it.each<[CertifiedName, ...string[]]>([
    ['orders', 'compact', '1'],
    ['orders', 'endpoint', 'hashkv'],
    ['orders', 'alarm', 'disarm'],
    ['orders', 'snapshot', 'save', '/tmp/never.db'],
    ['operator', 'alarm', 'disarm'],
    ['operator', 'snapshot', 'save', '/tmp/never.db'],
  ])('do not do as %s what that may not: %s %s', async (name, ...args) => {
    const { code, error } = await ctl(name, ...args);
    expect(code).not.toBe(0);
    expect(error).toMatch(/may not|permission denied/);
  });

  it('administer keys as an operator, and all as a part of Portolan', async () => {
    await ctl('operator', 'put', 'b', '1');
    await ctl('operator', 'put', 'b', '2');
    expect(await ctl('operator', 'compact', '2')).toMatchObject({ code: 0 });
    expect(await ctl('agent', 'alarm', 'list')).toMatchObject({ code: 0 });
    expect(await ctl('registry', 'put', 'c', '1')).toMatchObject({ code: 0 });
  });

  it('are in JSON who they are in gRPC', async () => {
    const key = Buffer.from('d').toString('base64');
    expect(await posted('orders', '/v3/kv/put', { key, value: key })).toBe(200);
    expect(await posted('orders', '/v3/kv/compaction', { revision: '1' })).toBe(403);
    expect(await posted('operator', '/v3/kv/compaction', { revision: '3' })).toBe(200);
  });

  it('do not say to be somebody else', async () => {
    const principal = { kind: 'operator', name: 'grace' } as const;
    await using connection = connectFast(`127.0.0.1:${ours.port}`, { tls: certified('orders'), principal });
    const kv = createClient({ compact: KVService.compact }, connection);
    await expect(kv.compact({ revision: 1n, physical: false })).rejects.toMatchObject({
      code: 'ACCESS_PRINCIPAL_DIFFERS',
    });
  });
});
