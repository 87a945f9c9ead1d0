import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { createBffWebClient, type BffWebClient } from '@portolan/bff-web-client';
import { expectEventually } from './eventually.ts';
import { request } from './request.ts';
import { startSystem, type RunningSystem } from './running-system.ts';

jest.setTimeout(180_000);

describe('orders, by the typed client', () => {
  let system: RunningSystem;
  let visitor: BffWebClient;
  let ada: BffWebClient;
  let token: string;
  beforeAll(async () => {
    system = await startSystem();
    visitor = createBffWebClient({ baseUrl: `${system.url}/web` });
    token = await login('ada');
    ada = createBffWebClient({ baseUrl: `${system.url}/web`, token });
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
  });

  const login = async (user: string): Promise<string> => {
    const { data, error } = await visitor.POST('/login', { body: { user } });
    return data?.token ?? String(error?.detail);
  };
  const place = (key: string, productId: string, quantity: number) =>
    ada.POST('/orders', {
      params: { header: { 'Idempotency-Key': key } },
      body: { lines: [{ productId, quantity }] },
    });
  const stockOf = async (id: string): Promise<number> => {
    const { data } = await visitor.GET('/products/{id}', { params: { path: { id } } });
    return data?.stock?.available ?? Number.NaN;
  };

  it('are placed once for a key and body, and refused for another body', async () => {
    const before = await stockOf('10');
    const key = randomUUID();
    const first = await place(key, '10', 1);
    expect(first.response.status).toBe(201);
    expect(first.response.headers.get('location')).toBe(`/web/orders/${first.data?.id ?? ''}`);
    const again = await place(key, '10', 1);
    expect([again.response.status, again.data?.id]).toEqual([201, first.data?.id]);
    expect((await place(key, '10', 2)).response.status).toBe(422);
    expect(await stockOf('10')).toBe(before - 1);
  });

  it('are refused with the quantities when there is too little', async () => {
    const available = await stockOf('13');
    const { response, error } = await place(randomUUID(), '13', available + 1);
    expect(response.status).toBe(409);
    expect(error).toMatchObject({ shortages: [{ productId: '13', requested: available + 1, available }] });
    expect(await stockOf('13')).toBe(available);
  });

  it('are seen by their customer alone', async () => {
    const { data: order } = await place(randomUUID(), '11', 1);
    const id = order?.id ?? '';
    const read = { params: { path: { id } } };
    const { data } = await ada.GET('/orders/{id}', read);
    expect(data).toEqual(order);
    const eve = createBffWebClient({ baseUrl: `${system.url}/web`, token: await login('eve') });
    expect((await eve.GET('/orders/{id}', read)).response.status).toBe(404);
    expect((await eve.GET('/orders')).data?.items).toEqual([]);
    expect((await ada.GET('/orders')).data?.items.map((one) => one.id)).toContain(id);
    expect((await visitor.GET('/orders/{id}', read)).response.status).toBe(401);
  });

  it('are placed exactly once while an instance is killed under them', async () => {
    const before = await stockOf('12');
    const keys = Array.from({ length: 10 }, () => randomUUID());
    const [victim] = system.demos['demo-orders'];
    const attempts = keys.map((key, index) => {
      if (index === 5) victim.kill('SIGKILL');
      return place(key, '12', 1).catch(() => undefined);
    });
    await Promise.all(attempts);
    const ids = new Set<string | undefined>();
    for (const key of keys) {
      await expectEventually('the order of each key', async () => {
        const { response, data } = await place(key, '12', 1);
        if (response.status === 201) ids.add(data?.id);
        return response.status === 201;
      });
    }
    expect(ids.size).toBe(keys.length);
    expect(await stockOf('12')).toBe(before - keys.length);
  });

  it.each([
    ['a negative quantity', '1', -1, 422],
    ['an unknown product', '99999', 1, 422],
  ])('are refused for %s', async (_what, productId, quantity, status) => {
    const { response, error } = await place(randomUUID(), productId, quantity);
    expect([response.status, error?.status]).toEqual([status, status]);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(error?.detail).toEqual(expect.any(String));
  });

  it('answers garbage, a 10 MB body and an unknown product with a clear 4xx, and lives on', async () => {
    const headers = {
      'content-type': 'application/json',
      'x-portolan-csrf': '1',
      'idempotency-key': randomUUID(),
      authorization: `Bearer ${token}`,
    };
    const url = `${system.url}/web/orders`;
    expect((await request(url, { method: 'POST', headers, body: '{"lines": [' })).status).toBe(400);
    const huge = await request(url, { method: 'POST', headers, body: new Uint8Array(10_000_000) }).catch(
      (error: unknown) => String(error),
    );
    // A refusal that comes before the body is read may end the connection first.
    expect(typeof huge === 'string' ? huge : huge.status).toEqual(
      typeof huge === 'string' ? expect.stringMatching(/EPIPE|ECONNRESET/) : 413,
    );
    expect((await request(`${system.url}/web/products/no-such`)).status).toBe(404);
    expect((await request(`${system.url}/web/products/1`)).status).toBe(200);
  });
});
