import { startShop } from './testing/running-shop.ts';

it('serves the shop page, whose addresses keep the prefix of a gateway', async () => {
  await using shop = await startShop();
  const page = await shop.get('/', { 'x-forwarded-prefix': '/web' });
  expect([page.status, page.type]).toEqual([200, 'text/html']);
  expect(page.text).toContain('<base href="/web/" />');
  expect((await shop.get('/')).text).toContain('<base href="/" />');
  expect((await shop.get('/', { 'x-forwarded-prefix': '/"><script>' })).text).toContain('<base href="/" />');
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'/);
});

it.each([
  ['/page/shop.js', 'text/javascript'],
  ['/page/shop.css', 'text/css'],
])('serves %s', async (path, type) => {
  await using shop = await startShop();
  expect(await shop.get(path)).toMatchObject({ status: 200, type });
});

it('serves nothing from outside of its folder', async () => {
  await using shop = await startShop();
  expect((await shop.get('/page/..%2fmain.ts')).status).toBe(404);
  expect((await shop.get('/page/')).status).toBe(404);
});
