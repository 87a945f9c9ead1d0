import { NODE_CHECK } from './catalog.ts';
import { checkHostClaim } from './input/check-registration.ts';
import { CatalogUnderTest, query, registration, SERVICE } from './testing/catalog-under-test.ts';

/** An agent of host-1 registers an instance at one node, and ends without a word. */
async function loseHost(world: CatalogUnderTest): Promise<void> {
  const claim = checkHostClaim({
    node: { name: 'host-1', address: '10.0.0.1' },
    agentId: 'agent-1',
    deregisterAfterSeconds: 60,
  });
  const session = await world.catalog.openHostSession({ principal: SERVICE, ttlSeconds: 10, claim });
  await session.register(registration('a'), []);
}

it('says once that a host is away, and removes its instances once, however many nodes of the registry see it', async () => {
  await using world = new CatalogUnderTest();
  await using second = world.openCatalog();
  await using third = world.openCatalog();
  const nodes = [world.catalog, second, third];
  for (const node of nodes) await node.openSession({ principal: SERVICE, ttlSeconds: 60 });
  await loseHost(world);
  const checks = async (): Promise<readonly (readonly string[])[]> =>
    Promise.all(
      nodes.map(async (node) => {
        const { instances } = await node.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) });
        return instances.flatMap((instance) => instance.checks.map(({ id, status }) => `${id} ${status}`));
      }),
    );
  const before = await world.revision();
  await world.clock.advance(20_000);
  expect(await checks()).toEqual(nodes.map(() => [`${NODE_CHECK} critical`]));
  // The lease of the agent has ended, and the check has turned: three nodes, two changes.
  expect((await world.revision()) - before).toBe(2);
  await world.clock.advance(60_000);
  expect(await checks()).toEqual([[], [], []]);
  expect((await world.revision()) - before).toBe(3);
});

it('goes on at a node where no agent has ever been', async () => {
  await using world = new CatalogUnderTest();
  await loseHost(world);
  await world.catalog[Symbol.asyncDispose]();
  await using later = world.openCatalog();
  // As every registry does for itself.
  await later.openSession({ principal: SERVICE, ttlSeconds: 60 });
  await world.clock.advance(120_000);
  expect((await later.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) })).instances).toEqual([]);
});
