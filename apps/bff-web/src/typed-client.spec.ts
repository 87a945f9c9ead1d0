import { once } from 'node:events';
import { createServer } from 'node:http';
import { createBffWebClient } from '@portolan/bff-web-client';
import { startShop } from './testing/running-shop.ts';

it('the typed client and the app understand each other', async () => {
  await using shop = await startShop();
  const server = createServer(shop.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;

  const visitor = createBffWebClient({ baseUrl });
  const { data: page } = await visitor.GET('/products/{id}', { params: { path: { id: '1' } } });
  expect([page?.price.amountMinor, page?.stock?.available, page?.missing]).toEqual([4_900, 12, undefined]);
  const { data: session } = await visitor.POST('/login', { body: { user: 'ada' } });

  const ada = createBffWebClient({ baseUrl, token: session?.token ?? '' });
  const { data: order } = await ada.POST('/orders', {
    params: { header: { 'Idempotency-Key': 'k-1' } },
    body: { lines: [{ productId: '1', quantity: 2 }] },
  });
  expect(order?.total).toEqual({ amountMinor: 9_800, currency: 'EUR' });
  const { error } = await ada.POST('/orders', {
    params: { header: { 'Idempotency-Key': 'k-2' } },
    body: { lines: [{ productId: '1', quantity: -2 }] },
  });
  expect(error?.errors?.[0]?.pointer).toBe('/lines/0/quantity');

  server.close();
  server.closeAllConnections();
});
