import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './testing/free-ports.ts';
import { startRegistry } from './testing/registry-process.ts';

describe("etcd's API on a registry", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-registry-etcd-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('answers on its port: keys, the members of the cluster, a backup', async () => {
    const [port = 0] = await freePorts(1);
    await using registry = await startRegistry(folder, '--etcd-port', String(port));
    const post = async (path: string, body: object): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${port}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
      const [line = ''] = (await answer.text()).split('\n');
      return JSON.parse(line);
    };
    const key = Buffer.from('harbour').toString('base64');
    expect(await post('kv/put', { key, value: key })).toHaveProperty('header.raft_term');
    expect(await post('kv/range', { key })).toMatchObject({ count: '1', kvs: [{ key, value: key, version: '1' }] });
    expect(await post('cluster/member/list', {})).toHaveProperty('members.0.ID');
    expect(await post('maintenance/status', {})).toMatchObject({ version: '3.6.0' });
    expect(await post('maintenance/snapshot', {})).toHaveProperty('result.blob');
    expect(await registry.end('SIGTERM')).toBe(0);
  });

  it('is not there when it is switched off', async () => {
    const [port = 0] = await freePorts(1);
    await using registry = await startRegistry(folder, '--etcd', 'off', '--etcd-port', String(port));
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed');
    expect(await registry.end('SIGTERM')).toBe(0);
  });
});
