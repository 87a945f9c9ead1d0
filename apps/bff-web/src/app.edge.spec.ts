import { openApiDocument } from './openapi.ts';
import { startShop } from './testing/running-shop.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

/** Every operation of the document, with its parameters filled in. */
const OPERATIONS = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
  (['get', 'post'] as const)
    .filter((method) => item[method] !== undefined)
    .map((method) => ({ method, path: path.replace('{id}', '1') })),
);
const WRITES = OPERATIONS.filter(({ method }) => method === 'post').map(({ path }) => path);

describe('bodies', () => {
  it.each([
    ['garbage JSON', '{"user": [', {}, 400, 'HTTP_BAD_REQUEST'],
    ['text that is no object', '"ada"', {}, 400, 'HTTP_BAD_REQUEST'],
    ['10 MB', 'x'.repeat(10_000_000), {}, 413, 'HTTP_BODY_TOO_LARGE'],
    ['a form', 'user=ada', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'HTTP_UNSUPPORTED_MEDIA_TYPE'],
    [
      'an unknown charset',
      '{}',
      { 'content-type': 'application/json; charset=klingon' },
      415,
      'HTTP_UNSUPPORTED_MEDIA_TYPE',
    ],
    ['an unknown encoding', '{}', { 'content-encoding': 'zip' }, 415, 'HTTP_UNSUPPORTED_MEDIA_TYPE'],
  ])('%s', async (_what, body, headers, status, code) => {
    await using shop = await startShop();
    const answer = await shop.post('/login', body, headers);
    expect([answer.status, answer.type, answer.body.code]).toEqual([status, 'application/problem+json', code]);
    expect(answer.body.fix).toEqual(expect.any(String));
    expect((await shop.get('/products/1')).status).toBe(200);
  });

  it('of exactly 100 KB is read', async () => {
    await using shop = await startShop();
    const filled = JSON.stringify({ user: '' }).length;
    const answer = await shop.post('/login', JSON.stringify({ user: 'x'.repeat(102_400 - filled) }));
    expect(answer.status).toBe(422);
  });
});

describe('addresses', () => {
  it('unknown ones are 404', async () => {
    await using shop = await startShop();
    const answer = await shop.get('/nothing/here');
    expect([answer.status, answer.body.code]).toEqual([404, 'HTTP_ROUTE_NOT_FOUND']);
  });

  it('that cannot be decoded are 400', async () => {
    await using shop = await startShop();
    expect((await shop.get('/products/%E0%A4%A')).status).toBe(400);
  });

  it('answer 405 and what they can', async () => {
    await using shop = await startShop();
    const posted = await shop.post('/products', {});
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
    const got = await shop.get('/login');
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
  });

  it('answer HEAD as GET, without the body', async () => {
    await using shop = await startShop();
    const answer = await shop.get('/products/1', {}, 'head');
    expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([200, '', 'public, max-age=10']);
  });

  it.each(OPERATIONS)('$method $path of the document is there', async ({ method, path }) => {
    await using shop = await startShop();
    const answer = await (method === 'get' ? shop.get(path) : shop.post(path, {}));
    expect([404, 405]).not.toContain(answer.status);
  });
});

describe('CSRF', () => {
  it.each(WRITES)('POST %s without the header is 403', async (path) => {
    await using shop = await startShop();
    const answer = await shop.post(path, {}, { 'X-Portolan-Csrf': '0', authorization: await shop.bearer('ada') });
    expect([answer.status, answer.body.code]).toEqual([403, 'BFF_WEB_CSRF_HEADER_MISSING']);
    expect(shop.calls).toEqual([]);
  });
});

describe('CORS', () => {
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-portolan-csrf' };

  it('lets an allowed origin in, with its cookie', async () => {
    await using shop = await startShop();
    const origin = 'https://shop.example';
    const answer = await shop.get('/home', { origin });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Location,Portolan-Served-By,Retry-After',
    });
    const asked = await shop.get('/orders', { origin, ...preflight }, 'options');
    expect(asked.headers).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-max-age': '600' });
    expect(asked.headers['access-control-allow-headers']).toContain('X-Portolan-Csrf');
  });

  it.each(['https://evil.example', 'https://shop.example.evil.example', 'null'])(
    'says nothing to %s',
    async (origin) => {
      await using shop = await startShop();
      for (const answer of [
        await shop.get('/home', { origin }),
        await shop.get('/orders', { origin, ...preflight }, 'options'),
      ]) {
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
        expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
      }
    },
  );
});

describe('a trace', () => {
  it('goes on to every service and into the log', async () => {
    await using shop = await startShop();
    await shop.get('/products/1?x=1', { traceparent });
    const answer = await shop.get('/products/1', { traceparent });
    expect(answer.status).toBe(200);
    expect(shop.calls.map(({ traceId }) => traceId)).toEqual([TRACE_ID, TRACE_ID, TRACE_ID]);
    expect(shop.lines).toContainEqual(
      expect.objectContaining({ event: 'request', method: 'GET', path: '/products/1', status: 200, traceId: TRACE_ID }),
    );
  });

  it('is in a problem', async () => {
    await using shop = await startShop();
    const answer = await shop.get('/products/no-such', { traceparent });
    expect(answer.body.traceId).toBe(TRACE_ID);
    const garbage = await shop.post('/login', '{', { traceparent });
    expect(garbage.body.traceId).toBe(TRACE_ID);
  });
});

it('measures by route, never by path', async () => {
  await using shop = await startShop();
  await shop.get('/products/1');
  await shop.get('/products/2');
  await shop.get('/made/up');
  const counts = await shop.metric('http_server_request_duration_seconds');
  expect(counts).toMatch(/_count\{.*route="\/products\/:id",status="200"\} 2/);
  expect(counts).toMatch(/_count\{.*route="none",status="404"\} 1/);
});

it('GET /openapi.json is the document', async () => {
  await using shop = await startShop();
  const answer = await shop.get('/openapi.json');
  expect(answer.body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  expect(answer.headers['cache-control']).toBe('public, max-age=300');
});

it('tells browsers not to guess types, and nobody what it is made of', async () => {
  await using shop = await startShop();
  const { headers } = await shop.get('/home');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers).not.toHaveProperty('x-powered-by');
});
