import {
  CATALOG_KEYS,
  changeOf,
  checkHostClaim,
  checkInstanceName,
  checkRegistration,
  checkReport,
  type CatalogChange,
  type Check,
  type InstanceName,
} from '@portolan/catalog';
import { connectDiscovery, type Discovery, type ServiceEndpoints } from '@portolan/discovery';
import { connectAgent, type AgentUpstream } from '@portolan/discovery/agent';
import type { Principal, Rng } from '@portolan/kernel';
import { revision, type Revision } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect } from '@portolan/rpc';
import { systemClock as clock, systemRng } from '@portolan/runtime';
import { CutCluster } from './testing/cut-cluster.ts';
import type { Seat } from './testing/registry-cluster.ts';

const principal: Principal = { kind: 'service', name: 'web' };
const never = new AbortController().signal;
const ADDRESS = '127.0.0.1';

/** Of the addresses of a registry the first is tried first. */
function startingAtFirst(): Rng {
  let isFirst = true;
  const below = (bound: number): number => {
    if (!isFirst) return systemRng.below(bound);
    isFirst = false;
    return 0;
  };
  return { below, float: () => systemRng.float() };
}

/** Where a client was connected, one registry after the other. */
class Connections {
  readonly seen: string[] = [];
  readonly logger = {
    debug: (): void => undefined,
    info: (fields: object): void => {
      if ('registry' in fields) this.seen.push(String(fields.registry));
    },
    warn: (): void => undefined,
    error: (): void => undefined,
  };
}

function discover(seats: readonly Seat[], connections = new Connections()): Discovery {
  const registry = seats.map(({ address }) => address);
  return connectDiscovery({ registry, clock, rng: startingAtFirst(), logger: connections.logger, principal });
}

/** What is read one after the other, until it is as wanted. */
class Reading<Item> implements AsyncDisposable {
  readonly all: Item[] = [];
  readonly #abort = new AbortController();
  readonly #items: AsyncIterator<Item>;

  constructor(open: (signal: AbortSignal) => AsyncIterable<Item>) {
    this.#items = open(this.#abort.signal)[Symbol.asyncIterator]();
  }

  async until(holds: (item: Item) => boolean): Promise<void> {
    for (;;) {
      const next = await this.#items.next();
      if (next.done === true) throw new Error('it has ended');
      this.all.push(next.value);
      if (holds(next.value)) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#items.return?.();
  }
}

/** What has happened to the instances of a service since then, every change, as one member tells it. */
function history(seat: Seat, service: string, since: Revision): Reading<CatalogChange> {
  const operator: Principal = { kind: 'operator', name: 'test' };
  async function* changes(signal: AbortSignal): AsyncGenerator<CatalogChange, void> {
    await using connection = connect(seat.address, { principal: operator });
    await using store = createKvClient(connection, { clock, rng: systemRng });
    const startRevision = revision(since + 1);
    const request = { principal: operator, keyspace: 'catalog', keys: CATALOG_KEYS, startRevision } as const;
    for await (const { events } of store.watch(request, signal)) {
      for (const change of events.map(changeOf)) if (change?.service === service) yield change;
    }
  }
  return new Reading(changes);
}

/** The agent of a host of its own, which has begun to speak for it. */
async function agentOf(node: string, seats: readonly Seat[]): Promise<AgentUpstream> {
  const agent = connectAgent({
    registry: seats.map(({ address }) => address),
    clock,
    rng: startingAtFirst(),
    logger: new Connections().logger,
    principal: { kind: 'service', name: 'agent' },
    claim: checkHostClaim({ node: { name: node, address: ADDRESS }, agentId: node, deregisterAfterSeconds: 60 }),
  });
  await changed(agent, () => agent.session !== undefined);
  return agent;
}

async function changed(agent: AgentUpstream, holds: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const look = (): void => {
    if (holds()) resolve(undefined);
  };
  const unsubscribe = agent.subscribe(look);
  look();
  await promise;
  unsubscribe();
}

/** Says something through the session that the agent has by then. */
async function report(agent: AgentUpstream, instance: InstanceName, check: Check): Promise<void> {
  for (;;) {
    await changed(agent, () => agent.session !== undefined);
    const { session } = agent;
    if (session === undefined) continue;
    try {
      await session.report(instance, check);
      return;
    } catch (error) {
      if (!session.over.aborted) throw error;
      await changed(agent, () => agent.session !== session);
    }
  }
}

const has =
  (id: string) =>
  ({ endpoints }: ServiceEndpoints): boolean =>
    endpoints.some((endpoint) => endpoint.id === id);
const moved =
  (id: string) =>
  (change: CatalogChange): boolean =>
    change.kind === 'check' && change.instanceId === id && change.check === MOVED.id;

const MOVED = checkReport({ id: 'moved', status: 'passing', since: 0 });

// Who dials whom is read where Linux has it.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('clients of three registries', () => {
  let cut: CutCluster;
  beforeAll(async () => {
    cut = await CutCluster.start(3);
  }, 120_000);
  afterAll(() => cut[Symbol.asyncDispose]());

  it.each(['leader', 'follower'] as const)(
    'leave the %s that is cut off from the others, and nothing is missed or lost by that',
    async (who) => {
      const leader = await cut.cluster.leader();
      const [follower = leader] = cut.others(leader);
      const alone = who === 'leader' ? leader : follower;
      const others = cut.others(alone);
      const [other = alone] = others;
      const service = `web-${who}`;
      const instance = (id: string) => ({ service, id, address: ADDRESS, ports: { grpc: 5_000 } });
      const onHost = checkInstanceName({ service, instanceId: 'on-host' });

      const [watched, registered] = [new Connections(), new Connections()];
      // Apart: who registers asks again and again, and would be told by that.
      await using watching = discover([alone, ...others], watched);
      await using seen = new Reading((signal) => watching.watch({ service }, signal));
      await using registering = discover([alone, ...others], registered);
      await using registration = registering.register(instance('own'));
      await seen.until(has('own'));
      await using agent = await agentOf(`host-${who}`, [alone, ...others]);
      const ports = [{ name: 'grpc', number: 5_000 }];
      await agent.session?.register(checkRegistration({ service, id: 'on-host', address: ADDRESS, ports }), []);
      await seen.until(has('on-host'));
      expect([watched.seen, registered.seen]).toEqual([[alone.address], [alone.address]]);
      const { revision: since } = await cut.cluster.at(other, (store) => store.status());

      cut.cutOff(alone);
      await using elsewhere = discover(others);
      await using later = elsewhere.register(instance('later'));
      await later.whenRegistered(never);
      await seen.until(has('later'));
      await using changes = history(other, service, since);
      registration.reportCheck(MOVED);
      await changes.until(moved('own'));
      await report(agent, onHost, MOVED);
      await changes.until(moved('on-host'));
      expect([watched.seen.at(-1), registered.seen.at(-1)]).not.toContain(alone.address);

      cut.heal();
      await using back = discover([alone]);
      await using again = back.register(instance('back'));
      await again.whenRegistered(never);
      await seen.until(has('back'));
      await changes.until((change) => change.kind === 'registered' && change.instanceId === 'back');
      const bad = changes.all.filter(
        (change) => change.kind === 'deregistered' || (change.kind === 'check' && change.status !== 'passing'),
      );
      expect(bad).toEqual([]);
    },
    120_000,
  );
});
