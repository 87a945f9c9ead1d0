import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateFiles, certified, type CertifiedName } from '@portolan/access/testing';
import { ClusterServiceService, MemberServiceService } from '@portolan/contracts/cluster';
import type { Principal } from '@portolan/kernel';
import { keyOf } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect, createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { freePorts } from './testing/free-ports.ts';
import { startRegistry, type RegistryProcess } from './testing/registry-process.ts';

const flagsOf = (name: CertifiedName): readonly string[] => {
  const { tlsCert, tlsKey, tlsCa } = certificateFiles(name);
  return ['--tls-cert', tlsCert, '--tls-key', tlsKey, '--tls-ca', tlsCa];
};

describe('registries with TLS', () => {
  let folder = '';
  let first: RegistryProcess;
  let ports: readonly number[] = [];
  const start = (which: number, certificate: CertifiedName, ...flags: readonly string[]): Promise<RegistryProcess> =>
    startRegistry(
      join(folder, String(which)),
      ...['--peer-port', String(ports[which] ?? 0), ...flagsOf(certificate), ...flags],
    );
  const peerAddress = (): string => `127.0.0.1:${ports[0] ?? 0}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-certificates-'));
    ports = await freePorts(3);
    first = await start(0, 'registry');
  }, 60_000);
  afterAll(async () => {
    await first[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes a key, as whom the call says to be; undefined: it says nothing. */
  async function put(certificate: CertifiedName, principal: Principal): Promise<void> {
    await using connection = connect(first.grpc, { tls: certified(certificate) });
    await using store = createKvClient(connection, { clock, rng });
    const value = Buffer.from('1');
    await store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key: keyOf('a'), value }] });
  }

  it('let a client be whom its certificate names, and nobody else', async () => {
    await put('orders', { kind: 'anonymous' });
    await put('orders', { kind: 'service', name: 'demo-orders' });
    const others: readonly Principal[] = [
      { kind: 'system', name: 'cluster' },
      { kind: 'service', name: 'demo-reviews' },
    ];
    for (const other of others) {
      await expect(put('orders', other)).rejects.toMatchObject({ code: 'ACCESS_PRINCIPAL_DIFFERS' });
    }
    await put('agent', { kind: 'service', name: 'demo-reviews' });
  });

  it('take each other in, and no service', async () => {
    await using peer = connect(peerAddress(), { tls: certified('orders') });
    const refused = { code: 'CLUSTER_NO_MEMBER_CERTIFICATE' };
    await expect(createClient(MemberServiceService, peer).introduce({})).rejects.toMatchObject(refused);
    await using second = await start(1, 'registry', '--join', peerAddress());
    await using operator = connect(second.grpc, { tls: certified('operator') });
    const { members } = await createClient(ClusterServiceService, operator).listMembers({ serializable: false });
    expect(members).toHaveLength(2);
    const own = ['--peer-allowed-names', 'system:registry,service:demo-orders', '--join', peerAddress()];
    await expect(start(2, 'orders', ...own)).rejects.toThrow(/CLUSTER_NO_MEMBER_CERTIFICATE/);
    await expect(start(2, 'orders', '--join', peerAddress())).rejects.toThrow(/this process's own certificate/);
  }, 60_000);
});
