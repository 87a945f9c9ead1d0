import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS_MAX, HOST_INSTANCES_MAX, type Health } from '@portolan/catalog';
import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { checkDefinition } from './input/check-definition.ts';
import { HOST_CHECKS_MAX, SERVICE_CHECKS_MAX } from './limits.ts';
import { LocalHost } from './local-host.ts';
import { hostStateFile } from './state/host-state.ts';
import { HostUnderTest, registration } from './testing/host-under-test.ts';

const ttl = (id = 'alive', more: object = {}) => checkDefinition({ kind: 'ttl', id, ttlMs: 10_000, ...more });
const statuses = (host: LocalHost): readonly (readonly [string, Health])[] =>
  host.desired().flatMap(({ checks }) => checks.map(({ id, status }) => [id, status] as const));

describe('the services of a host', () => {
  it('are there with their checks, and gone when they are deregistered', async () => {
    const world = new HostUnderTest();
    await using host = await world.open();
    await host.register(registration('a'), [ttl()]);
    expect(statuses(host)).toEqual([['alive', 'critical']]);
    host.report('alive', 'passing', 'fine');
    expect(host.service('a').checks).toMatchObject([{ status: 'passing', output: 'fine' }]);
    await host.deregister('a');
    expect(host.desired()).toEqual([]);
    await expect(host.deregister('a')).rejects.toMatchObject({ code: 'LOCAL_HOST_SERVICE_NOT_FOUND' });
    expect(() => {
      host.report('alive', 'passing', '');
    }).toThrow(/no check with the id alive/);
  });

  it('keep the status of what is registered again the same', async () => {
    await using host = await new HostUnderTest().open();
    await host.register(registration('a'), [ttl()]);
    host.report('alive', 'passing', '');
    await host.register(registration('a', { weight: 7 }), [ttl()]);
    expect(statuses(host)).toEqual([['alive', 'passing']]);
    await host.register(registration('a'), [ttl('alive', { ttlMs: 20_000 })]);
    expect(statuses(host)).toEqual([['alive', 'critical']]);
  });

  it('tell of transitions, and of nothing else', async () => {
    const world = new HostUnderTest();
    await using host = await world.open();
    await host.register(registration('a'), [ttl()]);
    let told = 0;
    host.subscribe(() => (told += 1));
    for (const status of ['passing', 'passing', 'passing', 'warning', 'warning', 'passing'] as const) {
      host.report('alive', status, String(told));
      await world.clock.advance(0);
    }
    expect(told).toBe(3);
  });

  it('turn critical when they stop reporting, and go when that lasts', async () => {
    const world = new HostUnderTest();
    await using host = await world.open();
    await host.register(registration('a'), [ttl('alive', { deregisterAfterMs: 60_000, initialStatus: 'passing' })]);
    await world.clock.advance(9_000);
    host.report('alive', 'passing', '');
    await world.clock.advance(9_999);
    expect(statuses(host)).toEqual([['alive', 'passing']]);
    await world.clock.advance(1);
    expect(host.service('a').checks).toMatchObject([{ status: 'critical', output: 'no report within 10000 ms' }]);
    await world.clock.advance(59_999);
    expect(host.services()).toHaveLength(1);
    await world.clock.advance(1);
    expect(host.services()).toEqual([]);
    expect(world.store.written.services).toEqual([]);
  });

  it('are as healthy as what they are an alias for', async () => {
    await using host = await new HostUnderTest().open();
    await host.register(registration('sidecar'), [checkDefinition({ kind: 'alias', id: 'of', instanceId: 'a' })]);
    expect(statuses(host)).toEqual([['of', 'critical']]);
    await host.register(registration('a'), [ttl('alive', { initialStatus: 'passing' })]);
    expect(statuses(host)).toEqual([
      ['of', 'passing'],
      ['alive', 'passing'],
    ]);
    host.report('alive', 'warning', '');
    expect(statuses(host)[0]).toEqual(['of', 'warning']);
    await host.deregister('a');
    expect(statuses(host)).toEqual([['of', 'critical']]);
  });

  it('carry the checks of their host, and its maintenance', async () => {
    await using host = await new HostUnderTest().open();
    await host.registerCheck(ttl('disk', { initialStatus: 'passing' }), undefined);
    await host.register(registration('a'), []);
    await host.register(registration('b'), [ttl('alive', { initialStatus: 'passing' })]);
    expect(statuses(host)).toEqual([
      ['disk', 'passing'],
      ['disk', 'passing'],
      ['alive', 'passing'],
    ]);
    await host.setMaintenance('new disk', 'a');
    expect(host.desired()[0]?.checks.at(-1)).toMatchObject({
      id: 'maintenance',
      status: 'critical',
      output: 'new disk',
    });
    await host.setMaintenance('moving');
    expect(statuses(host).filter(([id]) => id === 'maintenance')).toHaveLength(2);
    await host.setMaintenance(undefined);
    await host.setMaintenance(undefined, 'a');
    await host.deregisterCheck('disk');
    expect(statuses(host)).toEqual([['alive', 'passing']]);
  });

  it('weigh less when the host asks for less, never nothing', async () => {
    await using host = await new HostUnderTest().open();
    await host.register(registration('a', { weight: 10 }), []);
    host.setWeightPercent(50);
    expect(host.desired()[0]?.registration.weight).toBe(5);
    host.setWeightPercent(1);
    expect(host.desired()[0]?.registration.weight).toBe(1);
    expect(host.service('a').registration.weight).toBe(10);
  });

  it('run no programs unless they are told to, nor those of before', async () => {
    const world = new HostUnderTest();
    const script = checkDefinition({ kind: 'script', id: 'disk', args: ['true'], initialStatus: 'passing' });
    {
      await using host = await world.open();
      await expect(host.register(registration('a'), [script])).rejects.toMatchObject({
        code: 'LOCAL_HOST_SCRIPT_CHECKS_OFF',
      });
      await expect(host.registerCheck(script, undefined)).rejects.toMatchObject({ kind: 'forbidden' });
    }
    {
      await using host = await world.open(true);
      await host.register(registration('a'), [script]);
    }
    await using host = await world.open();
    expect(host.service('a').checks).toMatchObject([{ definition: { kind: 'ttl' }, status: 'critical' }]);
  });

  it('and their checks are no more than the registry takes', async () => {
    await using host = await new HostUnderTest().open();
    const checks = Array.from({ length: SERVICE_CHECKS_MAX + 1 }, (_, index) => ttl(`c-${index}`));
    await expect(host.register(registration('a'), checks)).rejects.toMatchObject({ code: 'LOCAL_HOST_FULL' });
    await host.register(registration('a'), checks.slice(1));
    await expect(host.registerCheck(ttl('more'), 'a')).rejects.toMatchObject({ code: 'LOCAL_HOST_FULL' });
    for (let count = 0; count < HOST_CHECKS_MAX; count += 1) await host.registerCheck(ttl(`h-${count}`), undefined);
    await expect(host.registerCheck(ttl('more'), undefined)).rejects.toMatchObject({ code: 'LOCAL_HOST_FULL' });
    await host.setMaintenance('all at once');
    expect(host.desired()[0]?.checks).toHaveLength(CHECKS_MAX);
    for (let count = 1; count < HOST_INSTANCES_MAX; count += 1) await host.register(registration(`i-${count}`), []);
    await expect(host.register(registration('one-more'), [])).rejects.toMatchObject({ code: 'LOCAL_HOST_FULL' });
  });

  it('are only reported of where they report themselves', async () => {
    await using host = await new HostUnderTest().open();
    await host.register(registration('a'), [checkDefinition({ kind: 'tcp', id: 'port', host: '127.0.0.1', port: 1 })]);
    expect(() => {
      host.report('port', 'passing', '');
    }).toThrow(expect.objectContaining({ code: 'LOCAL_HOST_NOT_A_TTL_CHECK' }) as Error);
  });

  it('are probed again and again, by thresholds', async () => {
    let code = 200;
    const server = createServer((_request, response) => response.writeHead(code).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const world = new HostUnderTest();
    const answered = async (): Promise<void> => {
      const looked = new Promise((resolve) => server.once('request', resolve));
      await world.clock.advance(1_500);
      await looked;
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    {
      await using host = await world.open();
      await host.register(registration('a'), [
        checkDefinition({ kind: 'http', id: 'up', url, intervalMs: 1_200, failureThreshold: 2 }),
      ]);
      expect(host.settled).toBe(false);
      await answered();
      expect(host.settled).toBe(true);
      expect(statuses(host)).toEqual([['up', 'passing']]);
      code = 500;
      await answered();
      expect(statuses(host)).toEqual([['up', 'passing']]);
      await answered();
      await answered();
      expect(statuses(host)).toEqual([['up', 'critical']]);
    }
    server.close();
  });
});

describe('after a restart', () => {
  it('everything is there, as healthy as it was, and what was answered is never lost', async () => {
    const world = new HostUnderTest();
    const host = await world.open();
    await host.register(registration('a'), [ttl()]);
    await host.registerCheck(ttl('disk', { initialStatus: 'passing' }), undefined);
    await host.setMaintenance('why not', 'a');
    host.report('alive', 'passing', 'fine');
    // A status is written before anybody hears of it; kill -9 comes after that.
    await new Promise<void>((resolve) => host.subscribe(resolve));
    await using again = await world.open();
    expect(again.services()).toEqual(host.services());
    expect(again.checks()).toEqual(host.checks());
    await world.clock.advance(9_999);
    expect(again.service('a').checks).toMatchObject([{ status: 'passing' }]);
  });

  it('is read from a file, which is whole or not there', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'portolan-host-')), 'deep', 'host.json');
    const options = {
      clock: new VirtualClock(),
      rng: createSeededRng(1),
      logger: new HostUnderTest().logger,
      scriptChecks: false,
    };
    {
      await using host = await LocalHost.open({ ...options, store: hostStateFile(path) });
      await host.register(registration('a', { node: 'n', tags: ['x'], metadata: { y: 'z' } }), [ttl()]);
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ formatVersion: 1, services: [{}] });
    }
    {
      await using host = await LocalHost.open({ ...options, store: hostStateFile(path) });
      expect(host.service('a').registration).toEqual(
        registration('a', { node: 'n', tags: ['x'], metadata: { y: 'z' } }),
      );
    }
    await writeFile(path, '{"formatVersion":2}');
    await expect(LocalHost.open({ ...options, store: hostStateFile(path) })).rejects.toMatchObject({
      code: 'LOCAL_HOST_STATE',
    });
  });
});
