import { ask } from '../testing/client.ts';
import { startGateway } from '../testing/running-gateway.ts';
import { startUpstream } from '../testing/upstream.ts';
import { adminRoutes } from './admin-routes.ts';
import { readinessOf } from './readiness.ts';
import { routesOf, routesSetting } from './route-settings.ts';

describe('GET /routes', () => {
  it('shows the routes in force, their endpoints, what became of their requests, and how old that is', async () => {
    await using gateway = await startGateway();
    await using upstream = await startUpstream();
    gateway.directory.set('shop', { a: upstream.address });
    await ask(gateway.server.port, '/shop/x');
    gateway.directory.fresh = { source: 'disk', ageMs: 1_234.5 };
    const [route] = adminRoutes(gateway.control, gateway.server.states, () => gateway.directory.staleness());
    const endpoint = { id: 'a', address: upstream.address, weight: 100, inFlight: 0, requests: 1, failures: 0 };
    expect(await route?.handle({})).toEqual({
      status: 200,
      body: {
        version: 2,
        source: 'disk',
        ageMs: 1_235,
        routes: [
          expect.objectContaining({ name: 'shop.localhost', host: 'shop.localhost', endpoints: [endpoint] }),
          expect.objectContaining({ name: '*/shop/*', host: '*', prefix: '/shop', stripPrefix: true, service: 'shop' }),
        ],
      },
    });
  });
});

describe('readiness', () => {
  it.each([
    ['live', false, true],
    ['memory', false, true],
    ['disk', false, true],
    ['none', false, false],
    ['live', true, false],
  ] as const)('from %s, draining %s, is %s', (source, draining, ready) => {
    const readiness = readinessOf({ source, ageMs: 7 }, { refused: undefined }, draining);
    expect(readiness.ready).toBe(ready);
    expect(readiness.checks.discovery?.ok).toBe(source === 'live');
    expect(readiness.checks.routes).toEqual({ ok: true });
  });
});

it('says why the newest routes are not in force', async () => {
  await using gateway = await startGateway();
  const service = { name: 'shop', metadata: { gateway: 'expose' }, portNames: ['http'] };
  gateway.directory.list(service);
  await new Promise((resolve) => setImmediate(resolve));
  const { checks, ready } = readinessOf({ source: 'live', ageMs: 0 }, gateway.control, false);
  expect([ready, checks.routes?.ok]).toEqual([true, false]);
  expect(checks.routes?.detail).toContain('shop.localhost');
});

describe('the routes of the settings', () => {
  it('have names of what they take', () => {
    const routes = routesSetting.parse([
      { service: 'all' },
      { host: 'a.example', path: '/exact', service: 'a', port: 'web' },
      { name: 'mine', prefix: '/p', stripPrefix: true, service: 'b' },
    ]);
    expect(routesOf(routes)).toMatchObject([
      { name: '*', portName: 'http', stripPrefix: false, match: { path: { kind: 'prefix', prefix: '/' } } },
      {
        name: 'a.example/exact',
        portName: 'web',
        match: { host: 'a.example', path: { kind: 'exact', path: '/exact' } },
      },
      { name: 'mine', stripPrefix: true, match: { path: { kind: 'prefix', prefix: '/p' } } },
    ]);
  });

  it('lead to the BFFs until somebody writes others', () => {
    expect(routesOf(routesSetting.parse(undefined)).map(({ name, service }) => [name, service])).toEqual([
      ['web.localhost', 'bff-web'],
      ['*/web/*', 'bff-web'],
      ['mobile.localhost', 'bff-mobile'],
      ['*/mobile/*', 'bff-mobile'],
    ]);
  });

  it.each([
    [{ path: '/a', prefix: '/b', service: 'x' }, /not both/],
    [{ stripPrefix: true, service: 'x' }, /needs a prefix/],
    [{ prefix: 'a', service: 'x' }, /prefix/],
    [{ prefix: '/a' }, /service/],
    [{ prefix: '/a', service: 'x', hots: 'y' }, /hots/],
  ])('are refused when they are %j', (route, why) => {
    expect(() => routesSetting.parse([route])).toThrow(why);
  });
});
