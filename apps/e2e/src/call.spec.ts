import { jest } from '@jest/globals';
import { expectEventually } from './eventually.ts';
import { request, servedBy } from './request.ts';
import { startSystem, type RunningSystem } from './running-system.ts';

jest.setTimeout(180_000);

describe('a call through gateway and BFF', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
  });

  it('answers the same full page by virtual route and by host', async () => {
    const byPath = await request(`${system.url}/web/products/1`);
    const byHost = await request(`${system.url}/products/1`, { headers: { host: 'web.localhost' } });
    expect(byPath.status).toBe(200);
    expect(byHost.json()).toEqual(byPath.json());
    const page = byPath.json();
    expect(page).toMatchObject({ id: '1', price: { currency: 'EUR' }, stock: {} });
    expect(page.name).toEqual(expect.any(String));
    expect(page.reviews).toEqual(expect.any(Array));
    expect(page.missing).toBeUndefined();
  });

  it('carries one trace id from the client to the last service', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await request(`${system.url}/web/products/2`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    await expectEventually('the trace id in the logs of gateway, BFF and a products instance', () =>
      [[system.gateway], [system.bff], system.demos['demo-products']].every((apps) =>
        apps.some((app) => app.logged().some((line) => line.traceId === traceId)),
      ),
    );
  });

  it('spreads calls over both instances', async () => {
    const seen = new Set<string | undefined>();
    await expectEventually('both instances of demo-inventory', async () => {
      seen.add(servedBy(await request(`${system.url}/web/products/3`), 'demo-inventory'));
      return seen.has('demo-inventory-a') && seen.has('demo-inventory-b');
    });
  });

  it('loses only what had reached an instance that is killed, and uses its successor', async () => {
    const answers: { status: number; missing: unknown }[] = [];
    const [victim] = system.demos['demo-inventory'];
    const worker = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call += 1) {
        const answer = await request(`${system.url}/web/products/${1 + (call % 300)}`);
        answers.push({ status: answer.status, missing: answer.status === 200 ? answer.json().missing : undefined });
        if (answers.length === 300) victim.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 8 }, () => worker(125)));
    expect(answers).toHaveLength(1_000);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    // Reads are tried again elsewhere; only calls in flight on the killed instance may miss their part: at most 8 were.
    expect(answers.filter(({ missing }) => missing !== undefined).length).toBeLessThanOrEqual(8);

    await system.start('demo-inventory', ['--instance', 'demo-inventory-c']);
    const counts = new Map<string, number>();
    await expectEventually('a share for the new instance', async () => {
      const instance = servedBy(await request(`${system.url}/web/products/5`), 'demo-inventory') ?? 'none';
      counts.set(instance, (counts.get(instance) ?? 0) + 1);
      return (counts.get('demo-inventory-c') ?? 0) >= 20;
    });
    expect(counts.has('demo-inventory-a')).toBe(false);
    expect(counts.get('demo-inventory-b') ?? 0).toBeGreaterThan(0);
  });

  it('names the reviews missing when they are all dead', async () => {
    for (const app of system.demos['demo-reviews']) app.kill('SIGKILL');
    await expectEventually('a partial page', async () => {
      const answer = await request(`${system.url}/web/products/1`);
      expect(answer.status).toBe(200);
      return JSON.stringify(answer.json().missing) === '["reviews"]' && answer.headers['cache-control'] === 'no-store';
    });
  });

  it('answers 503 with Retry-After when the products are all dead', async () => {
    for (const app of system.demos['demo-products']) app.kill('SIGKILL');
    await expectEventually('a 503 problem', async () => {
      const answer = await request(`${system.url}/web/products/1`);
      return (
        answer.status === 503 &&
        Number(answer.headers['retry-after']) > 0 &&
        String(answer.headers['content-type']).startsWith('application/problem+json')
      );
    });
  });
});
