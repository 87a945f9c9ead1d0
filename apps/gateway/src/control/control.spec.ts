import { ask } from '../testing/client.ts';
import { startGateway } from '../testing/running-gateway.ts';
import { startUpstream } from '../testing/upstream.ts';
import type { ServiceSummary } from './service-directory.ts';

const exposed = (name: string, more: Partial<ServiceSummary> = {}): ServiceSummary => ({
  name,
  metadata: { gateway: 'expose' },
  portNames: ['http', 'ops'],
  ...more,
});
/** Lets what was listed arrive. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('routes', () => {
  it('come and go with the services that ask for one', async () => {
    await using gateway = await startGateway();
    await using upstream = await startUpstream();
    const { port } = gateway.server;
    gateway.directory.set('reports', { a: upstream.address });
    const headers = { host: 'reports.localhost:8080' };
    expect((await ask(port, '/x', { headers })).status).toBe(404);
    gateway.directory.list(exposed('reports'));
    await settle();
    expect((await ask(port, '/x', { headers })).status).toBe(200);
    expect(gateway.directory.followed).toEqual(new Set(['shop/http', 'reports/http']));
    gateway.directory.list();
    await settle();
    expect((await ask(port, '/x', { headers })).status).toBe(404);
    expect(gateway.directory.followed).toEqual(new Set(['shop/http']));
  });

  it('are made for no service that did not ask, has no port for HTTP, or a name that is no host', async () => {
    await using gateway = await startGateway();
    gateway.directory.list(
      exposed('quiet', { metadata: {} }),
      exposed('grpc-only', { portNames: ['grpc'] }),
      exposed('under_score'),
      exposed('fine'),
    );
    await settle();
    const names = gateway.control.snapshot.table.routes.map(({ name }) => name);
    expect(names).toEqual(['shop.localhost', '*/shop/*', 'exposed:fine']);
  });

  it('that conflict are refused whole: the old ones stay, and why is known', async () => {
    await using gateway = await startGateway();
    gateway.directory.list(exposed('fine'));
    await settle();
    gateway.directory.list(exposed('fine'), exposed('shop'), exposed('late'));
    await settle();
    expect(gateway.control.refused).toMatchObject({ code: 'ROUTING_CONFLICT' });
    expect(gateway.control.refused?.message).toMatch(/shop\.localhost.*exposed:shop|exposed:shop.*shop\.localhost/s);
    expect(gateway.control.snapshot.table.routes.map(({ name }) => name)).toContain('exposed:fine');
    expect(gateway.control.snapshot.table.routes.map(({ name }) => name)).not.toContain('exposed:late');
    gateway.directory.list(exposed('fine'));
    await settle();
    expect(gateway.control.refused).toBeUndefined();
  });

  it('of the configuration that conflict do not start', async () => {
    const routes = [
      { name: 'one', prefix: '/a', service: 'shop' },
      { name: 'two', prefix: '/a', service: 'other' },
    ];
    await expect(startGateway({ routes })).rejects.toMatchObject({ code: 'ROUTING_CONFLICT' });
  });

  it('stay when the list of services can be followed no more', async () => {
    await using gateway = await startGateway();
    gateway.directory.list(exposed('fine'));
    await settle();
    gateway.directory.failLists(new Error('too many questions'));
    await settle();
    expect(gateway.control.snapshot.table.routes).toHaveLength(3);
    expect(gateway.log.join()).toContain('followed no more');
  });
});

describe('a snapshot', () => {
  it('is another one after each change, and never changes itself', async () => {
    await using gateway = await startGateway();
    const first = gateway.control.snapshot;
    gateway.directory.set('shop', { a: '10.0.0.1:80' });
    const second = gateway.control.snapshot;
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(first.upstreams.get('shop/http')?.endpoints).toEqual([]);
    expect(second.upstreams.get('shop/http')?.endpoints.map(({ id }) => id)).toEqual(['a']);
    expect([second, second.upstreams.get('shop/http')].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('is kept by a request to its end: an instance that left meanwhile finishes its answer', async () => {
    await using gateway = await startGateway();
    const arrived = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    await using upstream = await startUpstream(async (_request, response) => {
      response.write('first ');
      arrived.resolve(undefined);
      await go.promise;
      response.end('second');
    });
    gateway.directory.set('shop', { a: upstream.address });
    const answer = ask(gateway.server.port, '/shop/x');
    await arrived.promise;
    gateway.directory.set('shop', {});
    go.resolve(undefined);
    expect((await answer).body).toBe('first second');
    expect((await ask(gateway.server.port, '/shop/x')).status).toBe(503);
  });
});
