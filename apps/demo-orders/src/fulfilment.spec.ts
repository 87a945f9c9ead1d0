import { OrderStatus } from '@portolan/contracts/orders';
import { InProcessMessaging, MessagingUnavailableError, type EventRecord, type Messaging } from '@portolan/messaging';
import { Fulfilment } from './fulfilment.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { PRINCIPAL, Shop } from './testing/shop.ts';

const STEP_MS = 1_500;
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const lines = [{ productId: '1', quantity: 1 }];

/** The shop with everything that happens to an order after it was placed. */
class Warehouse implements AsyncDisposable {
  readonly shop = new Shop({ '1': 1_000 });
  readonly events = new InProcessMessaging({ clock: this.shop.clock, logger });
  readonly told: EventRecord[] = [];
  readonly #stack = new AsyncDisposableStack();

  static async open(relays = 1, publish?: Messaging['publish']): Promise<Warehouse> {
    const warehouse = new Warehouse();
    const { shop, events } = warehouse;
    const { store, clock } = shop;
    const common = { store, principal: PRINCIPAL, clock };
    warehouse.#stack.use(shop);
    warehouse.#stack.use(events);
    warehouse.#stack.use(await events.subscribe(new Fulfilment({ ...common, stepMs: STEP_MS }).subscription));
    warehouse.#stack.use(
      await events.subscribe({
        audience: { kind: 'instance', name: 'observer', instance: 'o' },
        topics: ['order.*'],
        handle: async (event) => void warehouse.told.push(event),
      }),
    );
    const publisher = { publish: publish ?? ((event) => events.publish(event)) };
    for (let index = 0; index < relays; index += 1) {
      const instance = `demo-orders-${index}`;
      warehouse.#stack.use(new OutboxRelay({ ...common, logger, events: publisher, instance }));
    }
    return warehouse;
  }

  async statuses(): Promise<readonly OrderStatus[]> {
    return (await this.shop.orders()).map(({ status }) => status);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

it('packs and ships what was placed, and tells each step once', async () => {
  await using warehouse = await Warehouse.open(2);
  const { shop } = warehouse;
  await shop.instance().place('ada', { idempotencyKey: 'k', lines }, {});
  await shop.clock.advance(1_000);
  expect(await warehouse.statuses()).toEqual([OrderStatus.PLACED]);
  await shop.clock.advance(1_000);
  expect(await warehouse.statuses()).toEqual([OrderStatus.PACKED]);
  await shop.clock.advance(STEP_MS);
  expect(await warehouse.statuses()).toEqual([OrderStatus.SHIPPED]);
  const [order] = await shop.orders();
  expect(warehouse.told.map(({ id, topic, data }) => ({ id, topic, data }))).toEqual(
    ['placed', 'packed', 'shipped'].map((status) => ({
      id: `${String(order?.id)}.${status}`,
      topic: `order.${status}`,
      data: { orderId: order?.id, customer: 'ada', status },
    })),
  );
  expect(await shop.stored('orders/outbox/')).toEqual([]);
});

it('tells everything in the end, whatever the broker does', async () => {
  let calls = 0;
  const warehouse = await Warehouse.open(1, async (event) => {
    calls += 1;
    if (calls % 3 !== 0) throw new MessagingUnavailableError(event.id, new Error('away'));
    await warehouse.events.publish(event);
  });
  await using held = new AsyncDisposableStack();
  held.use(warehouse);
  const { shop } = warehouse;
  for (let index = 0; index < 20; index += 1) {
    await shop.instance().place('ada', { idempotencyKey: `k-${index}`, lines }, {});
  }
  for (let round = 0; round < 400 && (await shop.stored('orders/outbox/')).length > 0; round += 1) {
    await shop.clock.advance(500);
  }
  await shop.clock.advance(60_000);
  expect(new Set(await warehouse.statuses())).toEqual(new Set([OrderStatus.SHIPPED]));
  expect(new Set(warehouse.told.map(({ id }) => id)).size).toBe(60);
});

it('does nothing twice when it is told twice', async () => {
  await using warehouse = await Warehouse.open();
  const { shop, events } = warehouse;
  await shop.instance().place('ada', { idempotencyKey: 'k', lines }, {});
  await shop.clock.advance(5_000);
  const before = await shop.stored('orders/by-id/');
  const [placed] = warehouse.told;
  if (placed === undefined) throw new Error('nothing was told');
  // Another copy under another id, as a broker without memory would hand it out.
  await events.publish({ ...placed, id: 'copy' });
  await shop.clock.advance(5_000);
  expect(await shop.stored('orders/by-id/')).toEqual(before);
  expect(warehouse.told.map(({ topic }) => topic)).toEqual([
    'order.placed',
    'order.packed',
    'order.shipped',
    'order.placed',
  ]);
});
