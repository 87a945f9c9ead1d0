import { OutcomeUnknownError } from '@portolan/kv';
import type { HostSession } from './catalog.ts';
import { HOST_GRACE_MS, HOST_INSTANCES_MAX } from './limits.ts';
import { checkHostClaim, checkNodeName } from './input/check-registration.ts';
import { checkInstanceName } from './input/check-report.ts';
import {
  CatalogUnderTest,
  check,
  collect,
  OPERATOR,
  query,
  registration,
  SERVICE,
} from './testing/catalog-under-test.ts';

const A = checkInstanceName({ service: 'cart', instanceId: 'a' });
const NODE = checkNodeName('host-1', 'node');
const TTL_MS = 10_000;
const REAP_S = 60;

describe('the session of a host', () => {
  let world: CatalogUnderTest;

  beforeEach(() => {
    world = new CatalogUnderTest();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const openHost = (agentId = 'agent-1', name = 'host-1', deregisterAfterSeconds = REAP_S): Promise<HostSession> =>
    world.catalog.openHostSession({
      principal: SERVICE,
      ttlSeconds: 10,
      claim: checkHostClaim({ node: { name, address: '10.0.0.1' }, agentId, deregisterAfterSeconds }),
    });
  const instances = async () =>
    (await world.catalog.resolve({ principal: SERVICE, query: query({ includeUnhealthy: true }) })).instances;
  const keep = async (session: HostSession, ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 3_000) {
      await session.renew();
      await world.clock.advance(Math.min(3_000, left));
    }
  };

  it('registers what belongs to the agent, under no lease, with a check of the host', async () => {
    const session = await openHost();
    await session.register(registration('a'), [check('ready', 'passing')]);
    expect(await instances()).toMatchObject([
      {
        registration: { node: 'host-1' },
        owner: { kind: 'agent', node: 'host-1', deregisterAfterSeconds: REAP_S },
        health: 'passing',
        checks: [{ id: 'node' }, { id: 'ready' }],
      },
    ]);
    expect(await world.catalog.nodes({ principal: SERVICE })).toMatchObject({ nodes: [{ name: 'host-1' }] });
  });

  it('flaps nothing while its agent restarts', async () => {
    const first = await openHost();
    await first.register(registration('a'), []);
    const answers = collect((signal) => world.catalog.watch({ principal: SERVICE, query: query() }, signal));
    await world.settle();
    first.broken();
    await world.clock.advance(HOST_GRACE_MS - 1);
    const second = await openHost();
    await second.register(registration('a'), []);
    await keep(second, 20_000);
    expect(answers.seen).toHaveLength(1);
    await answers.stop();
    await expect(first.register(registration('b'), [])).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it.each(['its stream breaks', 'it stops renewing'])('turns all critical when %s, then removes it', async (how) => {
    const session = await openHost();
    await session.register(registration('a'), []);
    await session.register(registration('b'), []);
    if (how === 'its stream breaks') session.broken();
    await world.clock.advance(how === 'its stream breaks' ? HOST_GRACE_MS : TTL_MS + 1_000);
    expect(await instances()).toMatchObject([
      { health: 'critical', checks: [{ id: 'node', output: 'the agent of host-1 is away' }] },
      { health: 'critical' },
    ]);
    await world.clock.advance(REAP_S * 1_000 - 2_000);
    expect(await instances()).toHaveLength(2);
    await world.clock.advance(3_000);
    expect(await instances()).toEqual([]);
  });

  it('says nothing of a host whose session its node leaves: its lease decides', async () => {
    const session = await openHost();
    await session.register(registration('a'), []);
    session.leave();
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    await world.clock.advance(TTL_MS - 1);
    expect(await instances()).toMatchObject([{ health: 'passing' }]);
    await world.clock.advance(2_000);
    expect(await instances()).toMatchObject([{ health: 'critical' }]);
  });

  it('does not look away when a session fails to open that may speak for it already', async () => {
    const first = await openHost();
    await first.register(registration('a'), []);
    const answers = collect((signal) => world.catalog.watch({ principal: SERVICE, query: query() }, signal));
    first.leave();
    // What it decides on is written, and the answer lost.
    world.store.beforeWrite = async () => {
      world.store.beforeWrite = undefined;
      world.store.afterWrite = () => Promise.reject(new OutcomeUnknownError('the answer is lost'));
    };
    await expect(openHost()).rejects.toMatchObject({ code: 'KV_OUTCOME_UNKNOWN' });
    world.store.afterWrite = undefined;
    await world.clock.advance(HOST_GRACE_MS - 1);
    await keep(await openHost(), 20_000);
    expect(answers.seen).toHaveLength(1);
    await answers.stop();
  });

  it('keeps what is critical for good where its agent says so, and heals it when an agent is back', async () => {
    const first = await openHost('agent-1', 'host-1', 0);
    await first.register(registration('a'), []);
    first.broken();
    await world.clock.advance(24 * 3_600_000);
    expect(await instances()).toMatchObject([{ health: 'critical' }]);
    await openHost('agent-2');
    expect(await instances()).toMatchObject([{ health: 'passing' }]);
  });

  it('is refused to another agent while the first one lives', async () => {
    const session = await openHost();
    await expect(openHost('agent-2')).rejects.toMatchObject({ code: 'CATALOG_HOST_TAKEN' });
    await keep(session, 9_000);
    await session.close();
    await expect(openHost('agent-2')).resolves.toBeDefined();
  });

  it('does not touch what others registered', async () => {
    const other = await world.openSession();
    await other.register(registration('a'), []);
    const session = await openHost();
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_TAKEN' });
    await expect(session.reportCheck(A, check('x', 'critical'))).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_TAKEN',
    });
    await session.deregister(A);
    expect(await instances()).toHaveLength(1);
  });

  it('takes over from a host that is dead, not from one that lives', async () => {
    const first = await openHost();
    await first.register(registration('a'), []);
    const second = await openHost('agent-2', 'host-2');
    await expect(second.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_TAKEN' });
    first.broken();
    await world.clock.advance(HOST_GRACE_MS);
    await second.register(registration('a'), []);
    expect(await instances()).toMatchObject([{ registration: { node: 'host-2' }, health: 'passing' }]);
    await keep(second, REAP_S * 1_000);
    expect(await instances()).toHaveLength(1);
  });

  it('does not put back what an operator removed, until the agent has forgotten it', async () => {
    const session = await openHost();
    await session.register(registration('a'), []);
    const views = collect((signal) => world.catalog.watchHost({ principal: SERVICE, node: NODE }, signal));
    await world.settle();
    await world.catalog.deregister({ principal: OPERATOR, ...A });
    await world.settle();
    expect(views.seen.at(-1)).toMatchObject({
      instances: [],
      evictions: [{ ...A, node: 'host-1', principal: 'operator:ada' }],
    });
    await expect(session.register(registration('a'), [])).rejects.toMatchObject({ code: 'CATALOG_INSTANCE_EVICTED' });
    await session.forgetEviction(A);
    await session.register(registration('a'), []);
    await world.settle();
    expect(views.seen.at(-1)).toMatchObject({ instances: [{ registration: { id: 'a' } }], evictions: [] });
    expect((await world.store.leases({ principal: OPERATOR })).ids).toHaveLength(1);
    await views.stop();
  });

  it('reports transitions only', async () => {
    const session = await openHost();
    await session.register(registration('a'), [check('ready', 'passing')]);
    const before = await world.revision();
    await session.reportCheck(A, check('ready', 'passing', 'again'));
    expect(await world.revision()).toBe(before);
    await session.reportCheck(A, check('ready', 'critical'));
    expect(await instances()).toMatchObject([{ health: 'critical' }]);
    await expect(
      session.reportCheck({ ...A, service: registration('x', { service: 'none' }).service }, check('ready', 'passing')),
    ).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_NOT_FOUND',
    });
  });

  it('has a bound, and says so', async () => {
    const session = await openHost();
    for (let count = 0; count < HOST_INSTANCES_MAX; count += 1) await session.register(registration(`i-${count}`), []);
    await world.settle();
    await expect(session.register(registration('one-more'), [])).rejects.toMatchObject({
      code: 'CATALOG_SESSION_FULL',
    });
    // What is there already may still change.
    await session.register(registration('i-0', { weight: 7 }), []);
  });
});
