import { VirtualClock } from '@portolan/virtual-world';
import { startShop } from './testing/running-shop.ts';

describe('the development login', () => {
  it('gives a session as a cookie that scripts and other sites cannot use', async () => {
    await using shop = await startShop();
    const login = await shop.post('/login', { user: 'ada' });
    expect(login.status).toBe(200);
    expect(login.body).toMatchObject({ user: 'ada' });
    expect(login.headers['cache-control']).toBe('private, no-store');
    const cookie = login.headers['set-cookie'] ?? '';
    expect(cookie).toMatch(/^portolan-session=[\w.-]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/);

    const orders = await shop.get('/orders', { cookie: cookie.replace(/;.*/, '') });
    expect(orders.status).toBe(200);
    expect(shop.calls).toMatchObject([{ principal: 'user:ada' }]);
  });

  it('gives the same as a bearer token', async () => {
    await using shop = await startShop();
    const { body } = await shop.post('/login', { user: 'grace@navy.example' });
    await shop.get('/orders', { authorization: `Bearer ${String(body.token)}` });
    expect(shop.calls).toMatchObject([{ principal: 'user:grace@navy.example' }]);
  });

  it('sets a __Host- cookie over HTTPS', async () => {
    await using shop = await startShop({ settings: { secureCookies: true } });
    const { headers } = await shop.post('/login', { user: 'ada' });
    expect(headers['set-cookie']).toMatch(/^__Host-portolan-session=.*; Secure/);
  });

  it.each([{ user: '' }, { user: 'a b' }, { user: 'x'.repeat(65) }, {}])('refuses %j', async (body) => {
    await using shop = await startShop();
    const answer = await shop.post('/login', body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/user' }] });
  });

  it('can be turned off', async () => {
    await using shop = await startShop({ settings: { developmentLogin: false } });
    expect((await shop.post('/login', { user: 'ada' })).status).toBe(404);
  });
});

it('a session ends by itself', async () => {
  const clock = new VirtualClock();
  await using shop = await startShop({ clock });
  const authorization = await shop.bearer('ada');
  await clock.advance(3_599_000);
  expect((await shop.get('/orders', { authorization })).status).toBe(200);
  await clock.advance(1_000);
  expect((await shop.get('/orders', { authorization })).status).toBe(401);
});

it.each(['Bearer made.up.token', 'Bearer x', 'Basic YWRhOg=='])('%s opens nothing', async (authorization) => {
  await using shop = await startShop();
  expect((await shop.get('/orders', { authorization })).status).toBe(401);
  expect(shop.calls).toEqual([]);
});

it('POST /logout takes the cookie back', async () => {
  await using shop = await startShop();
  const answer = await shop.post('/logout', '');
  expect(answer.status).toBe(204);
  expect(answer.headers['set-cookie']).toMatch(/^portolan-session=; Max-Age=0;/);
});
