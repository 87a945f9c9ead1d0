import { summarise } from './summarise.ts';
import { CatalogUnderTest, check, OPERATOR, registration, SERVICE } from './testing/catalog-under-test.ts';

describe('the summary of a service', () => {
  it('is the union over its instances; where they differ, the newest registration wins', async () => {
    await using world = new CatalogUnderTest();
    const { catalog } = world;
    const principal = OPERATOR;
    const b = registration('b', { tags: ['x', 'y'], metadata: { version: '1', zone: 'b' } });
    const a = registration('a', {
      tags: ['x'],
      metadata: { version: '2' },
      ports: [{ name: 'http', number: 80 }],
    });
    await catalog.register({ principal, registration: b });
    await catalog.register({ principal, registration: a, checks: [check('ready', 'warning')] });
    const expected = {
      name: 'cart',
      instances: 2,
      healthy: 1,
      tags: ['x', 'y'],
      metadata: { version: '2', zone: 'b' },
      portNames: ['grpc', 'http'],
    };
    expect((await catalog.services({ principal: SERVICE })).services).toEqual([expected]);
    await catalog.register({ principal, registration: { ...b, weight: 7 } });
    expect((await catalog.services({ principal: SERVICE })).services).toEqual([
      { ...expected, metadata: { version: '1', zone: 'b' } },
    ]);
  });

  it('of nothing is empty', () => {
    expect(summarise(registration('a').service, [])).toMatchObject({ instances: 0, healthy: 0, tags: [] });
  });
});
