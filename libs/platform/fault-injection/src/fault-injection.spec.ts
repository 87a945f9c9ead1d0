import { readFileSync } from 'node:fs';
import { InventoryServiceService } from '@portolan/contracts/inventory';
import { createSeededRng } from '@portolan/kernel';
import { connect, createClient, implement, RpcError, startRpcServer, type Client } from '@portolan/rpc';
import { createTelemetry, startOpsServer } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { createFaultInjection } from './fault-injection.ts';

/** A service that can be made to fail, as an app composes it. */
interface House extends AsyncDisposable {
  readonly client: Client<typeof InventoryServiceService>;
  readonly clock: VirtualClock;
  faults(method: 'GET' | 'PUT' | 'DELETE', body?: unknown): Promise<{ status: number; body: unknown }>;
}

async function open(): Promise<House> {
  const clock = new VirtualClock();
  const telemetry = createTelemetry({ app: 'demo', logLevel: 'silent', logFormat: 'json', clock });
  const faults = createFaultInjection({ clock, rng: createSeededRng(7) });
  const stack = new AsyncDisposableStack();
  stack.use(telemetry);
  const server = stack.use(
    await startRpcServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [
        implement(InventoryServiceService, {
          getStock: async () => ({ stock: [] }),
          reserve: async () => ({ outcome: undefined }),
          release: async () => ({}),
        }),
      ],
      interceptors: [faults.interceptor],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
    }),
  );
  const ops = stack.use(
    await startOpsServer({
      bind: '127.0.0.1',
      port: 0,
      telemetry,
      readiness: () => ({ ready: true, checks: {} }),
      routes: faults.opsRoutes,
    }),
  );
  const connection = stack.use(connect(`127.0.0.1:${server.port}`));
  return {
    client: createClient(InventoryServiceService, connection),
    clock,
    faults: async (method, body) => {
      const response = await fetch(`${ops.url}/faults`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: response.status, body: await response.json() };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createFaultInjection', () => {
  it('leaves calls alone until asked', async () => {
    await using house = await open();
    await expect(house.client.getStock({ productIds: [] })).resolves.toEqual({ stock: [] });
    await expect(house.faults('GET')).resolves.toEqual({
      status: 200,
      body: { delayMs: 0, failureRate: 0, status: 'unavailable' },
    });
  });

  it('makes the named methods fail, and behave again', async () => {
    await using house = await open();
    await house.faults('PUT', { failureRate: 1, status: 'exhausted', methods: ['GetStock'] });
    const failure: unknown = await house.client.getStock({ productIds: [] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RpcError);
    expect(failure).toMatchObject({ code: 'FAULT_INJECTED', kind: 'exhausted', reachedServer: true });
    await expect(house.client.release({ reservationId: 'r' })).resolves.toEqual({});
    await house.faults('DELETE');
    await expect(house.client.getStock({ productIds: [] })).resolves.toEqual({ stock: [] });
  });

  it('lets about the asked share fail', async () => {
    await using house = await open();
    await house.faults('PUT', { failureRate: 0.25 });
    const calls = Array.from({ length: 400 }, () => house.client.getStock({ productIds: [] }));
    const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThan(60);
    expect(failed.length).toBeLessThan(140);
  });

  it('delays calls, and lets go of those whose caller is gone', async () => {
    await using house = await open();
    await house.faults('PUT', { delayMs: 500 });
    const abort = new AbortController();
    const patient = house.client.getStock({ productIds: [] });
    const impatient = house.client.getStock({ productIds: [] }, { signal: abort.signal });
    while (house.clock.pending < 2) await turn();
    abort.abort();
    await expect(impatient).rejects.toMatchObject({ kind: 'cancelled' });
    while (house.clock.pending > 1) await turn();
    await house.clock.advance(500);
    await expect(patient).resolves.toEqual({ stock: [] });
  });

  it.each([
    [{ delayMs: 60_001 }, 'delayMs'],
    [{ failureRate: 2 }, 'failureRate'],
    [{ status: 'broken' }, 'status'],
    [{ delay: 5 }, 'delay'],
  ])('refuses %j and changes nothing', async (body, named) => {
    await using house = await open();
    const answer = await house.faults('PUT', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'FAULT_MALFORMED' } });
    expect(JSON.stringify(answer.body)).toContain(named);
    await expect(house.client.getStock({ productIds: [] })).resolves.toEqual({ stock: [] });
  });

  it('is documented', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain('FAULT_INJECTED');
    expect(readme.split('\n').length).toBeLessThanOrEqual(31);
  });
});
