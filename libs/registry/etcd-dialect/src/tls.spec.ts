import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readTls } from '@portolan/rpc';
import { Etcd3 } from 'etcd3';
import { etcdctl, type CtlResult } from './testing/etcdctl.ts';
import { startOurEtcd, type OurEtcd } from './testing/our-etcd.ts';
import { describeWithPeers } from './testing/peers.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../platform/rpc/testdata/${name}`, import.meta.url));

describeWithPeers(['etcdctl'], "etcd's clients over TLS", () => {
  let ours: OurEtcd;
  beforeAll(async () => {
    const tls = await readTls({ tlsCert: file('server.pem'), tlsKey: file('server.key'), tlsCa: file('ca.pem') });
    if (tls === undefined) throw new Error('three files were named');
    ours = await startOurEtcd({ tls });
  });
  afterAll(() => ours[Symbol.asyncDispose]());

  const ask = (scheme: string, ...flags: readonly string[]): Promise<CtlResult> =>
    etcdctl(`${scheme}://127.0.0.1:${ours.port}`, ['member', 'list', '--command-timeout=2s', ...flags]);
  const certificate = (name: string): string[] => [`--cert=${file(`${name}.pem`)}`, `--key=${file(`${name}.key`)}`];

  it('etcdctl is answered with a certificate, and told members by https', async () => {
    const { stdout } = await ask('https', `--cacert=${file('ca.pem')}`, ...certificate('client'));
    expect(stdout).toContain('started, default, https://localhost:2380');
  });

  it('etcdctl is not answered without one, or without TLS, and takes no server that nobody vouches for', async () => {
    const authority = `--cacert=${file('ca.pem')}`;
    const refused = await Promise.all([
      ask('https', `--cacert=${file('stranger.pem')}`, ...certificate('client')),
      ask('https', authority),
      ask('https', authority, ...certificate('stranger')),
      ask('http'),
    ]);
    for (const { code, stdout, error } of refused) {
      expect([code === 0, stdout]).toEqual([false, '']);
      expect(error).toMatch(/^Error: /);
    }
  });

  it('npm etcd3 is answered with a certificate', async () => {
    const [rootCertificate, certChain, privateKey] = await Promise.all(
      ['ca.pem', 'client.pem', 'client.key'].map((name) => readFile(file(name))),
    );
    if (rootCertificate === undefined) throw new Error('three files were read');
    const credentials = { rootCertificate, ...(certChain && { certChain }), ...(privateKey && { privateKey }) };
    const client = new Etcd3({ hosts: `https://localhost:${ours.port}`, credentials });
    try {
      expect(await client.getAll().prefix('a').count()).toBe(0);
    } finally {
      client.close();
    }
  });
});
