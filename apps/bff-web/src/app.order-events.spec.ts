import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { VirtualClock } from '@portolan/virtual-world';
import { OrderStatus } from '@portolan/contracts/orders';
import { orderEvent, type OrderStatusName } from '@portolan/shop/order-events';
import { order, RefusedError, until } from '@portolan/shop/testing';
import { HEARTBEAT_MS } from './orders/status-stream.ts';
import { startShop, type RunningShop } from './testing/running-shop.ts';

/** A browser's open stream of events. */
class Stream implements AsyncDisposable {
  text = '';
  ended = false;
  readonly response: IncomingMessage;
  readonly #close: () => void;

  private constructor(response: IncomingMessage, close: () => void) {
    this.response = response;
    this.#close = close;
    response.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    response.once('close', () => {
      this.ended = true;
    });
  }

  static async open(shop: RunningShop, path = '/orders/o-1/events'): Promise<Stream> {
    const server = createServer(shop.app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const headers = { authorization: await shop.bearer('ada') };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port: address.port, path, headers }, resolve).on('error', reject);
    });
    return new Stream(response, () => {
      server.closeAllConnections();
      server.close();
    });
  }

  get statuses(): readonly string[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => {
      const parsed: unknown = JSON.parse(data ?? '');
      return typeof parsed === 'object' && parsed !== null && 'status' in parsed ? String(parsed.status) : '';
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await until(() => this.ended);
  }
}

const tell = (shop: RunningShop, status: OrderStatusName, orderId = 'o-1'): Promise<void> =>
  shop.events.publish(orderEvent({ orderId, customer: 'ada', status }, 0));

it('tells what an order is and what it comes to, once and never backwards', async () => {
  await using shop = await startShop();
  await using stream = await Stream.open(shop);
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store',
  });
  await until(() => stream.statuses.length === 1);
  await tell(shop, 'packed', 'another');
  await tell(shop, 'shipped');
  await tell(shop, 'packed');
  await until(() => stream.statuses.length === 2);
  expect(stream.statuses).toEqual(['placed', 'shipped']);
});

it('misses nothing that happens while it reads the order', async () => {
  const go = Promise.withResolvers<undefined>();
  await using shop = await startShop({
    overrides: {
      orders: {
        getOrder: async () => {
          await go.promise;
          return { order };
        },
      },
    },
  });
  const opening = Stream.open(shop);
  await shop.reached('orders');
  await tell(shop, 'packed');
  go.resolve(undefined);
  await using stream = await opening;
  await until(() => stream.statuses.length > 0);
  expect(stream.statuses).toEqual(['packed']);
});

it('asks again with each heartbeat, for events that were lost', async () => {
  let status: OrderStatus = OrderStatus.PLACED;
  const clock = new VirtualClock();
  await using shop = await startShop({
    clock,
    settings: { deadlineMs: 60_000 },
    overrides: { orders: { getOrder: async () => ({ order: { ...order, status } }) } },
  });
  await using stream = await Stream.open(shop);
  await until(() => stream.statuses.length === 1);
  status = OrderStatus.PACKED;
  await clock.advance(HEARTBEAT_MS);
  await until(() => stream.statuses.length === 2);
  expect(stream.text).toContain(': still there');
  expect(stream.statuses).toEqual(['placed', 'packed']);
});

it('ends with the process, and is a problem when there is no such order', async () => {
  await using shop = await startShop({
    overrides: {
      orders: {
        getOrder: async ({ id }) => {
          if (id !== 'o-1') throw new RefusedError('ORDERS_NOT_FOUND', 'not-found');
          return { order };
        },
      },
    },
  });
  await using stream = await Stream.open(shop);
  shop.end();
  await until(() => stream.ended);
  expect(stream.statuses).toEqual(['placed']);
  const missing = await shop.get('/orders/o-2/events', { authorization: await shop.bearer('ada') });
  expect([missing.status, missing.body.code]).toEqual([404, 'ORDERS_NOT_FOUND']);
  expect((await shop.get('/orders/o-1/events')).status).toBe(401);
});

it('leaves nothing behind of a client that left while its order was read', async () => {
  const clock = new VirtualClock();
  const go = Promise.withResolvers<undefined>();
  await using shop = await startShop({
    clock,
    settings: { deadlineMs: 60_000 },
    overrides: {
      orders: {
        getOrder: async () => {
          await go.promise;
          return { order };
        },
      },
    },
  });
  const server = createServer(shop.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const headers = { authorization: await shop.bearer('ada') };
  const outgoing = get({ port: address.port, path: '/orders/o-1/events', headers });
  outgoing.on('error', () => undefined);
  await shop.reached('orders');
  outgoing.destroy();
  await until(() => shop.lines.some((line) => line.event === 'request' && line.status === 'client-gone'));
  go.resolve(undefined);
  await until(() => clock.pending === 0);
  await clock.advance(HEARTBEAT_MS * 2);
  expect([clock.pending, shop.calls.length]).toEqual([0, 1]);
  server.close();
  server.closeAllConnections();
});
