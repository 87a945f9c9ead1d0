import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { createSeededRng } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { checkQuery, checkRegistration, createCatalog } from './index.ts';

it('smoke', async () => {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng) });
  const catalog = createCatalog({ store, clock, access: createAccess(DEVELOPMENT_POLICY) });
  const principal = { kind: 'service', name: 'x' } as const;
  const session = await catalog.openSession({ principal, ttlSeconds: 10 });
  const registration = checkRegistration({
    service: 'web',
    id: 'a',
    address: '10.0.0.1',
    ports: [{ name: 'http', number: 80 }],
  });
  await session.register(registration, []);
  const query = checkQuery({ service: 'web' });
  const stop = new AbortController();
  const seen: number[] = [];
  const done = (async () => {
    for await (const r of catalog.watch({ principal, query }, stop.signal)) seen.push(r.instances.length);
  })();
  await clock.advance(0);
  expect((await catalog.resolve({ principal, query, explain: true })).verdicts).toMatchObject([{ included: true }]);
  session.broken();
  await clock.advance(1_000);
  expect(await catalog.resolve({ principal, query, explain: true })).toMatchObject({
    instances: [],
    verdicts: [{ included: false }],
  });
  await clock.advance(10_000);
  expect((await catalog.services({ principal })).services).toEqual([]);
  stop.abort();
  await done;
  expect(seen).toEqual([1, 0]);
  await catalog[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});
