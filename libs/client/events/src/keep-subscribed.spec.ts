import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, StoreClosedError, type KvStore } from '@portolan/kv';
import { Collector, eventOf } from '@portolan/messaging/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { keepSubscribed } from './keep-subscribed.ts';
import { RegistryMessaging } from './registry-messaging.ts';

const principal: Principal = { kind: 'service', name: 'bff-web' };

it.each([
  { kind: 'group', name: 'g' },
  { kind: 'instance', name: 'g', instance: 'i-1' },
] as const)('subscribes a $kind when the registry has come back', async (audience) => {
  const clock = new VirtualClock();
  const [rng, other] = [createSeededRng(1), createSeededRng(2)];
  await using store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(other) });
  let away = true;
  const gone = (): never => {
    throw new StoreClosedError();
  };
  const flaky: KvStore = {
    ...bound(store),
    txn: async (request, signal) => (away ? gone() : store.txn(request, signal)),
    watch: (request, signal) => (away ? gone() : store.watch(request, signal)),
  };
  const warnings: string[] = [];
  const logger = {
    info: () => undefined,
    error: () => undefined,
    warn: (_f: object, message: string) => void warnings.push(message),
  };
  await using events = new RegistryMessaging({ store: flaky, principal, clock, logger, instance: 'i-1' });
  const collector = new Collector();
  await using held = new AsyncDisposableStack();
  held.use(keepSubscribed(events, { audience, topics: ['order.*'], ...collector.handling }, { clock, logger }));
  await clock.advance(5_000);
  away = false;
  await clock.advance(2_000);
  await events.publish(eventOf('order.placed', 'o-1'));
  await clock.advance(1_000);
  expect(collector.seen).toEqual(['o-1']);
  expect(warnings.length).toBeLessThanOrEqual(1);
});

it('ends also while nothing was subscribed to', async () => {
  const clock = new VirtualClock();
  const never = { subscribe: () => new Promise<never>(() => undefined) };
  const events = {
    ...never,
    publish: async () => undefined,
    deadLetters: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
  const kept = keepSubscribed(
    events,
    { audience: { kind: 'group', name: 'g' }, topics: [], handle: async () => undefined },
    { clock, logger: { warn: () => undefined } },
  );
  await expect(kept[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

/** Its methods, as functions of their own. */
const bound = (store: KvStore): KvStore => ({
  range: (request, signal) => store.range(request, signal),
  txn: (request, signal) => store.txn(request, signal),
  watch: (request, signal) => store.watch(request, signal),
  grantLease: (request, signal) => store.grantLease(request, signal),
  keepAlive: (request, signal) => store.keepAlive(request, signal),
  revokeLease: (request, signal) => store.revokeLease(request, signal),
  timeToLive: (request, signal) => store.timeToLive(request, signal),
  leases: (request, signal) => store.leases(request, signal),
  compact: (request, signal) => store.compact(request, signal),
  status: (signal) => store.status(signal),
});
