import fc from 'fast-check';
import { AmbiguousPathError, pathOf } from './path-of.ts';
import type { Route } from './route.ts';
import { compileRoutes, MalformedRouteError, RouteConflictError } from './routing-table.ts';

const prefix = (name: string, path: string, host?: string): Route => ({
  name,
  match: { path: { kind: 'prefix', prefix: path }, ...(host === undefined ? {} : { host }) },
  service: name,
  portName: 'http',
  stripPrefix: host === undefined,
});
const exact = (name: string, path: string, host?: string): Route => ({
  ...prefix(name, path, host),
  match: { path: { kind: 'exact', path }, ...(host === undefined ? {} : { host }) },
});

describe('compileRoutes', () => {
  const table = compileRoutes([
    prefix('web', '/web'),
    prefix('web-admin', '/web/admin/'),
    exact('login', '/web/login'),
    prefix('host', '/', 'Web.Localhost'),
    prefix('host-api', '/api', 'web.localhost'),
  ]);

  it.each([
    ['x', '/web', 'web', '/'],
    ['x', '/web/', 'web', '/'],
    ['x', '/web/products/1', 'web', '/products/1'],
    ['x', '/webx', undefined, undefined],
    ['x', '/web/admin/users', 'web-admin', '/users'],
    ['x', '/web/administrator', 'web', '/administrator'],
    ['x', '/web/login', 'login', '/web/login'],
    ['x', '/', undefined, undefined],
    ['web.localhost', '/web/login', 'host', '/web/login'],
    ['WEB.localhost.:8080', '/', 'host', '/'],
    ['[::1]:8080', '/web/x', 'web', '/x'],
    ['web.localhost', '/api/x', 'host-api', '/api/x'],
  ])('%s %s → %s %s', (host, path, name, forwarded) => {
    const match = table.match(host, path);
    expect([match?.route.name, match?.path]).toEqual([name, forwarded]);
  });

  it.each([
    ['the same prefix', [prefix('a', '/x'), prefix('b', '/x/')]],
    ['the same exact path', [exact('a', '/x', 'h'), exact('b', '/x', 'H')]],
    ['the same name', [prefix('a', '/x'), prefix('a', '/y')]],
  ])('refuses two routes with %s and names both', (_what, routes) => {
    expect(() => compileRoutes(routes)).toThrow(RouteConflictError);
    expect(() => compileRoutes(routes)).toThrow(/"a" and "[ab]"/);
  });

  it.each([
    prefix('a', 'x'),
    prefix('a', ''),
    prefix('a', '/', ''),
    prefix('a', '/', '*'),
    prefix('a', '/', 'web.localhost:8080'),
    prefix('a', '/', 'web..localhost'),
    prefix('a', '/x//y'),
    exact('a', 'x'),
    exact('a', '/x?y'),
    exact('a', '/x/../y'),
  ])('refuses %j', (route) => {
    expect(() => compileRoutes([route])).toThrow(MalformedRouteError);
  });

  it('is not changed by what happens to the list it was made of', () => {
    const list = [prefix('a', '/a')];
    const compiled = compileRoutes(list);
    list.push(prefix('b', '/b'));
    expect(compiled.match('h', '/b')).toBeUndefined();
    expect(compiled.routes).toHaveLength(1);
    expect(Object.isFrozen(compiled.routes)).toBe(true);
  });

  it('does what the example of the README does', () => {
    const example = compileRoutes([
      {
        name: 'web',
        match: { path: { kind: 'prefix', prefix: '/web' } },
        service: 'bff-web',
        portName: 'http',
        stripPrefix: true,
      },
    ]);
    expect(example.match('localhost:8080', pathOf('/web/products/1?lang=en'))).toMatchObject({
      route: { name: 'web' },
      path: '/products/1',
    });
  });

  it('agrees with a naive matcher (property)', () => {
    const segment = fc.constantFrom('a', 'b', 'ab');
    const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
    const host = fc.constantFrom(undefined, 'h', 'i');
    const routes = fc.uniqueArray(fc.record({ host, path, make: fc.constantFrom(exact, prefix) }), {
      selector: (route) => `${String(route.host)} ${route.path} ${route.make === exact ? 'exact' : 'prefix'}`,
      maxLength: 14,
    });
    fc.assert(
      fc.property(routes, fc.constantFrom('h', 'i', 'j'), path, (list, askedHost, askedPath) => {
        const compiled = compileRoutes(list.map((each, index) => each.make(String(index), each.path, each.host)));
        const takes = (each: (typeof list)[number]): boolean =>
          askedPath === each.path ||
          (each.make === prefix && `${askedPath}/`.startsWith(each.path.replace(/\/?$/, '/')));
        const [best] = list
          .map((each, index) => ({ ...each, index }))
          .filter((each) => (each.host ?? askedHost) === askedHost && takes(each))
          .sort(
            (one, other) =>
              Number(other.host !== undefined) - Number(one.host !== undefined) ||
              Number(other.make === exact) - Number(one.make === exact) ||
              other.path.length - one.path.length,
          );
        expect(compiled.match(askedHost, askedPath)?.route.name).toBe(
          best === undefined ? undefined : String(best.index),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('pathOf', () => {
  it.each([
    ['/', '/'],
    ['/a/b?c=/../d', '/a/b'],
    ['/a..b/.well-known/x', '/a..b/.well-known/x'],
    ['/caf%C3%A9', '/caf%C3%A9'],
  ])('takes %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });

  it.each([
    '',
    'a',
    '*',
    '/a/../b',
    '/..',
    '/a/.',
    '/a/%2e%2e/b',
    '/a%2Fb',
    '/a\\b',
    '/a%5cb',
    '/a/..;/b',
    '/a//b',
    '//a',
    '/a b',
    '/a\n',
    '/a%00',
    '/a\0',
    '/a#b',
  ])('refuses %j', (target) => {
    expect(() => pathOf(target)).toThrow(AmbiguousPathError);
  });
});
