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

  it.each([prefix('a', 'x'), prefix('a', ''), prefix('a', '/', ''), exact('a', 'x')])('refuses %j', (route) => {
    expect(() => compileRoutes([route])).toThrow(MalformedRouteError);
  });

  it('agrees with a naive matcher (property)', () => {
    const segment = fc.constantFrom('a', 'b', 'ab');
    const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
    const host = fc.constantFrom(undefined, 'h', 'i');
    const routes = fc.uniqueArray(fc.tuple(host, path), { selector: ([h, p]) => `${String(h)} ${p}`, maxLength: 12 });
    fc.assert(
      fc.property(routes, fc.constantFrom('h', 'i', 'j'), path, (pairs, askedHost, askedPath) => {
        const compiled = compileRoutes(pairs.map(([h, p], index) => prefix(String(index), p, h)));
        const naive = pairs
          .map(([h, p], index) => ({ h, p, index }))
          .filter(
            ({ h, p }) =>
              (h ?? askedHost) === askedHost && (p === '/' || askedPath === p || askedPath.startsWith(`${p}/`)),
          )
          .sort((x, y) => Number(y.h !== undefined) - Number(x.h !== undefined) || y.p.length - x.p.length)[0];
        expect(compiled.match(askedHost, askedPath)?.route.name).toBe(
          naive === undefined ? undefined : String(naive.index),
        );
      }),
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
    '/a%00',
    '/a\0',
    '/a#b',
  ])('refuses %j', (target) => {
    expect(() => pathOf(target)).toThrow(AmbiguousPathError);
  });
});
