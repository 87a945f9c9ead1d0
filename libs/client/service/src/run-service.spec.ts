import { HealthCheckResponse_ServingStatus, HealthService } from '@portolan/contracts/health';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { StandInRegistry, until } from '@portolan/discovery/testing';
import { connect, createClient } from '@portolan/rpc';
import { z } from 'zod';
import { ServiceProcess } from './testing/service-process.ts';

const Ready = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.object({ ok: z.boolean() })) });

/** Nothing listens there: the port is reserved. */
const NO_REGISTRY = '127.0.0.1:1';

const ask = { productIds: ['7'] };
const readyz = async (ops: string) => Ready.parse(await (await fetch(`${ops}/readyz`)).json());

describe('a service', () => {
  it('answers, names itself, and is in the registry with its ports', async () => {
    await using registry = await StandInRegistry.start();
    await using service = await ServiceProcess.start(registry.address, '--stars', '4');
    const { grpc, ops } = await service.urls();
    await until(() => registry.instances.includes('fixture/fixture-1'));
    const registered = registry.sessions[0]?.requests.find(({ $case }) => $case === 'register');
    expect(registered).toMatchObject({
      value: {
        registration: {
          address: '127.0.0.1',
          ports: [
            { name: 'grpc', number: Number(grpc.split(':')[1]) },
            { name: 'ops', number: Number(new URL(ops).port) },
          ],
        },
      },
    });
    await using connection = connect(grpc);
    const names: (string | undefined)[] = [];
    const onHeaders = (get: (name: string) => string | undefined): void => {
      names.push(get('portolan-instance'));
    };
    const { ratings } = await createClient(ReviewsServiceService, connection).getRatings(ask, { onHeaders });
    expect(ratings).toEqual([{ productId: '7', averageStars: 4, reviews: 1 }]);
    expect(names).toEqual(['fixture-1']);
    const health = createClient(HealthService, connection);
    expect(await health.check({ service: '' })).toEqual({ status: HealthCheckResponse_ServingStatus.SERVING });
    expect((await readyz(ops)).ready).toBe(true);
    expect(await (await fetch(`${ops}/metrics`)).text()).toMatch(/rpc_server_\w+.*fixture/);
  });

  it('serves while the registry is away, and says so', async () => {
    await using service = await ServiceProcess.start(NO_REGISTRY);
    const { grpc, ops } = await service.urls();
    await using connection = connect(grpc);
    expect((await createClient(ReviewsServiceService, connection).getRatings(ask)).ratings).toHaveLength(1);
    expect(await readyz(ops)).toMatchObject({ ready: true, checks: { discovery: { ok: false } } });
    service.kill('SIGTERM');
    expect(await service.exitCode).toBe(0);
  });

  it('can be made to fail on its ops port', async () => {
    await using service = await ServiceProcess.start(NO_REGISTRY);
    const { grpc, ops } = await service.urls();
    await using connection = connect(grpc);
    const reviews = createClient(ReviewsServiceService, connection);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${ops}/faults`, { method: 'PUT', headers, body: JSON.stringify({ failureRate: 1 }) });
    await expect(reviews.getRatings(ask)).rejects.toMatchObject({ code: 'FAULT_INJECTED' });
    await fetch(`${ops}/faults`, { method: 'DELETE' });
    expect((await reviews.getRatings(ask)).ratings).toHaveLength(1);
  });

  it('leaves the registry first, finishes its calls, then closes what it used', async () => {
    await using registry = await StandInRegistry.start();
    await using service = await ServiceProcess.start(registry.address);
    const { grpc } = await service.urls();
    await until(() => registry.instances.length === 1);
    await using connection = connect(grpc);
    const underWay = createClient(ReviewsServiceService, connection).listReviews({
      productId: '7',
      pageSize: 0,
      pageToken: '',
    });
    await service.logged('asked');
    service.kill('SIGTERM');
    expect(await underWay).toEqual({ reviews: [], nextPageToken: '', rating: undefined });
    expect(registry.instances).toEqual([]);
    expect(await service.exitCode).toBe(0);
    expect(registry.sessions[0]?.end).toBe('goodbye');
    expect(service.events).toEqual(expect.arrayContaining(['ready', 'asked', 'draining', 'closed']));
  });

  it('ends with 1 and what to do when its port is taken', async () => {
    await using first = await ServiceProcess.start(NO_REGISTRY);
    const port = (await first.urls()).grpc.split(':')[1] ?? '';
    await using second = await ServiceProcess.start(NO_REGISTRY, '--port', port);
    expect(await second.logged('fatal')).toMatchObject({ code: 'RPC_BIND_FAILED' });
    expect(await second.exitCode).toBe(1);
  });
});
