import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { checkRegistration, createCatalog } from '@portolan/catalog';
import { keyOf, oneKey, type EmbeddedStore } from '@portolan/kv';
import { MessagingUnavailableError, type EventRecord } from '@portolan/messaging';
import { VirtualClock } from '@portolan/virtual-world';
import { freshStore, instance } from '@portolan/native-dialect/testing';
import { z } from 'zod';
import { CatalogEvents } from './catalog-events.ts';
import { registerSelf } from './register-self.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A catalog, and a broker that takes everything except while it is away. */
class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store: EmbeddedStore = freshStore(this.clock);
  readonly catalog = createCatalog({ store: this.store, clock: this.clock, access: createAccess(DEVELOPMENT_POLICY) });
  readonly told: EventRecord[] = [];
  away = false;
  #telling = this.tell();

  tell(): CatalogEvents {
    const publish = async (event: EventRecord): Promise<void> => {
      if (this.away) throw new MessagingUnavailableError(event.id, new Error('away'));
      this.told.push(event);
    };
    return new CatalogEvents({ store: this.store, events: { publish }, clock: this.clock, logger });
  }

  /** The registry ends and starts again, over the same store. */
  async restart(meanwhile: () => Promise<void>): Promise<void> {
    await this.#telling[Symbol.asyncDispose]();
    await meanwhile();
    this.#telling = this.tell();
  }

  async register(id: string): Promise<AsyncDisposable> {
    const registration = checkRegistration(instance('lamps', id));
    const registered = registerSelf({ catalog: this.catalog, clock: this.clock, registration, goodbyeMs: 1_000 });
    await registered.whenRegistered;
    return registered;
  }

  get topics(): readonly string[] {
    return this.told.map(({ topic, data }) => `${topic} ${idIn(data)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#telling[Symbol.asyncDispose]();
    await this.catalog[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

const aboutInstance = z.object({ instanceId: z.string() });
const idIn = (data: EventRecord['data']): string => aboutInstance.parse(data).instanceId;

it('tells registrations and ends, in their order', async () => {
  await using world = new World();
  await world.clock.advance(10);
  const one = await world.register('one');
  await world.clock.advance(10);
  await one[Symbol.asyncDispose]();
  await world.clock.advance(10);
  expect(world.topics.filter((topic) => !topic.startsWith('catalog.check'))).toEqual([
    'catalog.registered one',
    'catalog.deregistered one',
  ]);
  expect(world.told[0]).toMatchObject({
    topic: 'catalog.registered',
    data: {
      service: 'lamps',
      instanceId: 'one',
      address: expect.any(String) as string,
      ports: [{ name: expect.any(String) as string }],
    },
  });
  expect(new Set(world.told.map(({ id }) => id)).size).toBe(world.told.length);
});

it('tells in the end what happened while the broker was away, and while it did not run itself', async () => {
  await using world = new World();
  await world.clock.advance(10);
  await world.register('one');
  await world.clock.advance(10);
  world.away = true;
  await world.register('two');
  await world.clock.advance(5_000);
  expect(world.topics).not.toContain('catalog.registered two');
  world.away = false;
  await world.clock.advance(5_000);
  await world.restart(async () => {
    await world.register('three');
  });
  await world.clock.advance(10);
  expect(world.topics.filter((topic) => topic.startsWith('catalog.registered'))).toEqual([
    'catalog.registered one',
    'catalog.registered two',
    'catalog.registered three',
  ]);
});

it('goes on with what comes when history has forgotten what it did not tell', async () => {
  await using world = new World();
  await world.clock.advance(10);
  await world.register('one');
  await world.clock.advance(10);
  await world.restart(async () => {
    await world.register('two');
    const principal = { kind: 'system', name: 'test' } as const;
    const { revision } = await world.store.range({ principal, keyspace: 'system', keys: oneKey(keyOf('x')) });
    await world.store.compact({ principal, keyspace: 'catalog', revision });
  });
  await world.clock.advance(10);
  await world.register('three');
  await world.clock.advance(10);
  expect(world.topics).toContain('catalog.registered three');
});
