import { once } from 'node:events';
import { createServer } from 'node:http';
import { createBffMobileClient } from '@portolan/bff-mobile-client';
import { startApp } from './testing/running-app.ts';

it('the typed client and the app understand each other', async () => {
  await using app = await startApp({ settings: { appVersionMin: '1.0.0' } });
  const server = createServer(app.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;

  const visitor = createBffMobileClient({ baseUrl, appVersion: '1.2.0' });
  const { data: product } = await visitor.GET('/v1/products/{id}', { params: { path: { id: '1' } } });
  expect([product?.price, product?.stock, product?.missing]).toEqual([4_900, 'in', undefined]);
  const { data: session } = await visitor.POST('/v1/login', { body: { user: 'ada' } });
  const ada = createBffMobileClient({ baseUrl, token: session?.token ?? '', appVersion: '1.2.0' });
  const { data: replayed } = await ada.POST('/v1/orders/replay', {
    body: { orders: [{ key: 'k-1', lines: [{ productId: '1', quantity: 2 }] }] },
  });
  expect(replayed?.results[0]).toMatchObject({ outcome: 'placed', order: { total: 9_800 } });
  const { error } = await createBffMobileClient({ baseUrl, appVersion: '0.9.0' }).GET('/v1/home', {});
  expect(error?.appVersionMin).toBe('1.0.0');

  server.close();
  server.closeAllConnections();
});
