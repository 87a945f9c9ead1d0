import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, keysWithPrefix, keyOf, type EmbeddedStore } from '@portolan/kv';
import { Collector, describeMessaging, eventOf } from '@portolan/messaging/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { RegistryMessaging } from './registry-messaging.ts';
import { RETENTION_SECONDS } from './retention.ts';

const principal: Principal = { kind: 'service', name: 'demo-orders' };
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A store, and processes that talk over it. */
class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store: EmbeddedStore = createEmbeddedStore({
    clock: this.clock,
    rng: createSeededRng(1),
    incarnation: createIncarnation(createSeededRng(2)),
  });
  readonly #open: RegistryMessaging[] = [];

  async open(instance = `i-${this.#open.length}`): Promise<RegistryMessaging> {
    const messaging = new RegistryMessaging({ store: this.store, principal, clock: this.clock, logger, instance });
    this.#open.push(messaging);
    return messaging;
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.pass(10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((messaging) => messaging[Symbol.asyncDispose]()));
    await this.store[Symbol.asyncDispose]();
  }
}

describeMessaging('events over the registry', async () => new World());

const audience = { kind: 'group', name: 'fulfilment' } as const;
const topics = ['order.*'];

it('hands on to the next process what the one before did not finish, with its attempts counted', async () => {
  await using world = new World();
  const first = await world.open();
  const failing = new Collector(async () => {
    throw new Error('not here');
  });
  const retryDelaysMs = [200, 200];
  const subscription = await first.subscribe({ audience, topics, retryDelaysMs, ...failing.handling });
  await first.publish(eventOf('order.placed', 'o-1'));
  await world.until(() => failing.attempts.length === 1);
  await subscription[Symbol.asyncDispose]();
  const second = await world.open();
  const next = new Collector();
  await second.subscribe({ audience, topics, retryDelaysMs, ...next.handling });
  await world.until(() => next.seen.length === 1);
  expect(next.attempts).toEqual([{ id: 'o-1', attempt: 2 }]);
});

it('hands nothing out twice when another process takes over', async () => {
  await using world = new World();
  const [first, second] = [await world.open(), await world.open()];
  const collectors = [new Collector(), new Collector()];
  const subscription = await first.subscribe({
    audience,
    topics,
    ...(collectors[0]?.handling ?? new Collector().handling),
  });
  const ids = Array.from({ length: 50 }, (_, index) => `o-${index}`);
  for (const id of ids) await second.publish(eventOf('order.placed', id));
  await world.until(() => collectors[0]?.seen.length === 50);
  await second.subscribe({ audience, topics, ...(collectors[1]?.handling ?? new Collector().handling) });
  await subscription[Symbol.asyncDispose]();
  await second.publish(eventOf('order.placed', 'last'));
  await world.until(() => collectors[1]?.seen.includes('last') === true);
  expect(collectors[1]?.seen).toEqual(['last']);
});

it('keeps nothing longer than the retention', async () => {
  await using world = new World();
  const messaging = await world.open();
  const collector = new Collector();
  await messaging.subscribe({ audience, topics, ...collector.handling });
  await messaging.publish(eventOf('order.placed', 'o-1'));
  await world.until(() => collector.seen.length === 1);
  const keys = keysWithPrefix(keyOf('messaging/'));
  const count = async (): Promise<readonly string[]> =>
    (await world.store.range({ principal, keyspace: 'user', keys })).keyValues.map(({ key }) => key);
  expect(await count()).toHaveLength(4);
  await world.pass((RETENTION_SECONDS + 2 * 3_600) * 1_000);
  expect(await count()).toEqual(['messaging/groups/fulfilment/leader', 'messaging/groups/fulfilment/since']);
});

it('passes over what is no event, and goes on with those that are', async () => {
  await using world = new World();
  const messaging = await world.open();
  const [group, instance] = [new Collector(), new Collector()];
  await messaging.subscribe({ audience, topics, ...group.handling });
  await messaging.subscribe({
    audience: { kind: 'instance', name: 'feed', instance: 'i' },
    topics,
    ...instance.handling,
  });
  const put = {
    kind: 'put',
    keyspace: 'user',
    key: keyOf('messaging/events/foreign'),
    value: Buffer.from('{'),
  } as const;
  await world.store.txn({ principal, success: [put] });
  await messaging.publish(eventOf('order.placed', 'o-1'));
  await world.until(() => group.seen.length + instance.seen.length === 2);
  expect([group.seen, instance.seen]).toEqual([['o-1'], ['o-1']]);
});
