import { startApp } from './testing/running-app.ts';

it('answers several screens as each would be answered alone', async () => {
  await using app = await startApp();
  const authorization = await app.bearer('ada');
  const known = (await app.get('/v1/products/2')).headers.etag ?? '';
  const { status, body, headers } = await app.post(
    '/v1/batch',
    {
      requests: [
        { id: 'lamp', path: '/v1/products/1?fields=name' },
        { id: 'known', path: '/v1/products/2', ifNoneMatch: known },
        { id: 'none', path: '/v1/products/no-such' },
        { id: 'wrong', path: '/v1/products/1?fields=nam' },
        { id: 'mine', path: '/v1/orders' },
        { id: 'nowhere', path: '/v1/nowhere' },
      ],
    },
    { authorization },
  );
  expect([status, headers['cache-control']]).toEqual([200, 'private, no-store']);
  expect(body.answers).toMatchObject([
    { id: 'lamp', status: 200, etag: expect.stringMatching(/^"/) as string, body: { name: 'Brass lamp' } },
    { id: 'known', status: 304, etag: known },
    { id: 'none', status: 404, body: { code: 'PRODUCTS_NOT_FOUND' } },
    { id: 'wrong', status: 400, body: { code: 'HTTP_BAD_REQUEST' } },
    { id: 'mine', status: 200, body: { items: [{ id: 'o-1' }] } },
    { id: 'nowhere', status: 404 },
  ]);
  expect(body.answers).not.toMatchObject({ 1: { body: expect.anything() as unknown } });
});

it.each([
  ['no request', { requests: [] }, '/requests'],
  [
    'too many',
    { requests: Array.from({ length: 11 }, (_, id) => ({ id: String(id), path: '/v1/home' })) },
    '/requests',
  ],
  [
    'an id twice',
    {
      requests: [
        { id: 'a', path: '/v1/home' },
        { id: 'a', path: '/v1/home' },
      ],
    },
    '/requests',
  ],
  ['another host', { requests: [{ id: 'a', path: 'http://evil.example/v1/home' }] }, '/requests/0/path'],
  ['a batch', { requests: [{ id: 'a', path: '/v1/batch' }] }, '/requests/0/path'],
  ['a header in its path', { requests: [{ id: 'a', path: '/v1/home\r\nx: y' }] }, '/requests/0/path'],
])('refuses %s', async (_what, body, pointer) => {
  await using app = await startApp();
  const answer = await app.post('/v1/batch', body);
  expect([answer.status, answer.body]).toMatchObject([422, { errors: [{ pointer }] }]);
});
