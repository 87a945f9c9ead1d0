import { jest } from '@jest/globals';
import { keyOf } from '@portolan/kv';
import { describeWithPeers } from './testing/peers.ts';
import { startBoth, type Both } from './testing/both.ts';
import { startOurEtcd } from './testing/our-etcd.ts';

const b64 = (text: string): string => Buffer.from(text).toString('base64');

interface Told {
  readonly status: number;
  readonly body: unknown;
}

async function post(port: number, path: string, body: string): Promise<Told> {
  const answer = await fetch(`http://127.0.0.1:${port}/v3/${path}`, { method: 'POST', body });
  const text = await answer.text();
  // etcd 3.4 said 412 of a failed precondition; since 3.6 it is 400.
  const status = answer.status === 412 ? 400 : answer.status;
  return { status, body: masked(JSON.parse(text)) };
}

/** Without ids, and without the fields that differ between versions of etcd's gateway. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries
      .filter(([name]) => !/^(cluster_id|member_id|raft_term)$/.test(name))
      .map(([name, one]) => [name, masked(one)]),
  );
}

/** Each is asked of both, in this order. */
const REQUESTS: readonly (readonly [path: string, body: unknown])[] = [
  ['kv/put', { key: b64('a'), value: b64('1') }],
  ['kv/put', { key: b64('a'), value: b64('2'), prev_kv: true }],
  ['kv/put', { key: b64('a'), value: b64('3'), prevKv: true }],
  ['kv/put', { key: b64('b'), ignore_value: true }],
  ['kv/range', { key: b64('a') }],
  ['kv/range', { key: b64('\0'), range_end: b64('\0'), limit: '1', sort_order: 'DESCEND', sort_target: 'MOD' }],
  ['kv/range', { key: b64('a'), revision: 2, sort_order: 2 }],
  ['kv/range', { key: b64('a'), revision: '99' }],
  ['kv/range', { key: b64('none') }],
  ['kv/range', {}],
  [
    'kv/txn',
    {
      compare: [{ result: 'GREATER', target: 'MOD', key: b64('a'), mod_revision: '1' }],
      success: [
        { request_put: { key: b64('c'), value: b64('x') } },
        { requestRange: { key: b64('c') } },
        { request_delete_range: { key: b64('b'), range_end: b64('c'), prev_kv: true } },
        { request_txn: { success: [{ request_range: { key: b64('a') } }] } },
      ],
      failure: [],
    },
  ],
  ['kv/deleterange', { key: b64('c') }],
  ['kv/deleterange', { key: b64('a'), prev_kv: true }],
  ['kv/compaction', { revision: '3' }],
  ['kv/compaction', { revision: '3' }],
  ['lease/grant', { ID: '7', TTL: 100 }],
  ['lease/grant', { ID: '7', TTL: '100' }],
  ['lease/timetolive', { ID: '8' }],
  ['lease/revoke', { ID: '7' }],
  ['kv/lease/revoke', { ID: '7' }],
  ['lease/keepalive', { ID: '7' }],
  ['lease/leases', {}],
  ['auth/authenticate', { name: 'root', password: 'x' }],
  ['auth/user/list', {}],
  ['auth/enable', {}],
  ['cluster/member/remove', { ID: '12' }],
];

/** The first lines of a stream, which is then given up. */
async function lines(port: number, path: string, body: unknown, count: number): Promise<unknown[]> {
  const leaving = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const { body: stream } = answer;
  if (stream === null) throw new Error('a stream has a body');
  let text = '';
  for await (const piece of stream) {
    text += Buffer.from(piece).toString();
    if (text.split('\n').length > count) break;
  }
  leaving.abort();
  return text.split('\n', count).map((line): unknown => masked(JSON.parse(line)));
}

describeWithPeers(['etcd'], 'the JSON gateway of a real etcd and ours', () => {
  let both: Both;
  beforeAll(async () => {
    both = await startBoth();
  });
  afterAll(() => both[Symbol.asyncDispose]());

  it('answer the same, request by request', async () => {
    for (const [path, body] of REQUESTS) {
      const text = JSON.stringify(body);
      const [real, ours] = [await post(both.real.port, path, text), await post(both.ours.port, path, text)];
      expect({ path, text, ...ours }).toEqual({ path, text, ...real });
    }
  });

  it('watch: lines as they come', async () => {
    const watch = { create_request: { key: b64('w'), range_end: b64('x'), start_revision: '4' } };
    for (const { port } of [both.real, both.ours]) {
      await post(port, 'kv/put', JSON.stringify({ key: b64('w1'), value: b64('1') }));
      await post(port, 'kv/deleterange', JSON.stringify({ key: b64('w1') }));
    }
    const [real, ours] = await Promise.all([both.real, both.ours].map(({ port }) => lines(port, 'watch', watch, 2)));
    expect(ours).toEqual(real);
  });
});

it('takes an action on alarms that nobody knows for a question: it disarms nothing', async () => {
  await using ours = await startOurEtcd();
  const raised = { alarms: [{ alarm: 'NOSPACE' }] };
  const ask = (action: unknown): Promise<Told> =>
    post(ours.port, 'maintenance/alarm', JSON.stringify({ action, alarm: 'NOSPACE' }));
  expect(await ask('ACTIVATE')).toMatchObject({ status: 200, body: raised });
  expect(await ask(7)).toMatchObject({ status: 200, body: raised });
  expect(await ask('GET')).toMatchObject({ status: 200, body: raised });
  await ask('DEACTIVATE');
  expect(await ask('GET')).not.toMatchObject({ body: raised });
});

describe('beside the API', () => {
  it('tells its version and health', async () => {
    await using ours = await startOurEtcd();
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${ours.port}${path}`)).text();
    expect(JSON.parse(await get('/version'))).toMatchObject({ etcdserver: '3.6.0', etcdcluster: '3.6.0' });
    expect(JSON.parse(await get('/health'))).toEqual({ health: 'true', reason: '' });
    expect([await get('/livez'), await get('/readyz')]).toEqual(['ok\n', 'ok\n']);
  });

  it.each([
    ['no JSON', '{"key":', 400, 3],
    ['no object', '[]', 400, 3],
    ['no base64', '{"key":"?"}', 400, 3],
    ['nothing', '', 400, 3],
    ['half a number for a name', JSON.stringify({ key: b64('a'), sort_order: 1.5 }), 400, 3],
    ['too much', JSON.stringify({ key: 'a'.repeat(4_000_000) }), 413, 8],
  ])('refuses %s', async (_name, body, status, code) => {
    await using ours = await startOurEtcd();
    expect(await post(ours.port, 'kv/range', body)).toMatchObject({ status, body: { code } });
  });

  it('refuses pages of the web, and takes nothing from them', async () => {
    const friend = 'https://console.example';
    await using ours = await startOurEtcd({ origins: [friend] });
    await post(ours.port, 'kv/put', JSON.stringify({ key: b64('a'), value: b64('1') }));
    const from = (origin: string, path: string, method = 'POST') =>
      fetch(`http://127.0.0.1:${ours.port}/v3/${path}`, {
        method,
        headers: { origin },
        ...(method === 'POST' && { body: JSON.stringify({ key: b64('a') }) }),
      });
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${ours.port}`]) {
      const refused = await from(origin, 'kv/deleterange');
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ code: 7, message: expect.stringContaining(origin) as string });
      expect((await from(origin, 'watch')).status).toBe(403);
      expect((await from(origin, 'kv/deleterange', 'OPTIONS')).headers.get('access-control-allow-origin')).toBeNull();
    }
    const preflight = await from(friend, 'kv/range', 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, friend]);
    const read = await from(friend, 'kv/range');
    expect(read.headers.get('access-control-allow-origin')).toBe(friend);
    expect(await read.json()).toMatchObject({ count: '1' });
  });

  it('gives up the watch of a client that hangs up, although nothing happens that it could tell', async () => {
    await using ours = await startOurEtcd();
    const watching = jest.spyOn(ours.store, 'watch');
    await lines(ours.port, 'watch', { create_request: { key: b64('w') } }, 1);
    const signal = watching.mock.calls[0]?.[1];
    while (signal?.aborted !== true) await new Promise(setImmediate);
    expect(signal.aborted).toBe(true);
  });

  it('answers no more than it can hold', async () => {
    await using ours = await startOurEtcd();
    const principal = { kind: 'operator', name: 'test' } as const;
    const value = Buffer.alloc(1_000_000);
    for (let index = 0; index < 60; index += 1) {
      const key = keyOf(`k${index}`);
      await ours.store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key, value }] });
    }
    const all = { key: b64('\0'), range_end: b64('\0') };
    expect(await post(ours.port, 'kv/range', JSON.stringify(all))).toMatchObject({
      status: 429,
      body: { code: 8, message: 'the answer would have more than 67108864 bytes' },
    });
    expect(await post(ours.port, 'kv/range', JSON.stringify({ ...all, limit: 1 }))).toMatchObject({ status: 200 });
  });

  it('knows no other paths, and no other methods', async () => {
    await using ours = await startOurEtcd();
    expect(await post(ours.port, 'kv/nothing', '{}')).toMatchObject({ status: 404, body: { code: 5 } });
    expect((await fetch(`http://127.0.0.1:${ours.port}/v3/kv/range`)).status).toBe(501);
  });

  it('says that a store is administered elsewhere', async () => {
    await using ours = await startOurEtcd({ admin: 'none' });
    expect(await post(ours.port, 'cluster/member/list', '{}')).toMatchObject({
      status: 501,
      body: { code: 12, message: 'etcdserver: this store has no members of its own to administer' },
    });
  });
});
