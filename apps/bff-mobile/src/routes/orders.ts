import { addResource, forwardedPrefix, readBody, readHeader, readJsonBody, readQuery } from '@portolan/http-api';
import type { Clock } from '@portolan/kernel';
import { answering, idempotencyKey, noQuery, orderBody, placeOrder, unquoted } from '@portolan/shop';
import { Router, type RequestHandler } from 'express';
import { sendCompact } from '../edge/send-compact.ts';
import { replayBody, replayOrders } from '../orders/replay.ts';
import { viewOfOrder } from '../views/order.ts';
import type { RouteDependencies } from './dependencies.ts';

/** Orders are placed: one now, or several that were made offline. */
export function orderHandlers({ services, authenticate, scope }: RouteDependencies): readonly RequestHandler[] {
  return [
    ...readJsonBody,
    answering({ ...scope, sendBody: sendCompact }, async (request, parts) => {
      const customer = await authenticate(request);
      readQuery(noQuery, request);
      const key = unquoted(readHeader(idempotencyKey, request, 'Idempotency-Key'));
      const { lines } = readBody(orderBody, request);
      const body = viewOfOrder(await placeOrder(services, parts, customer, { idempotencyKey: key, lines }));
      const location = `${forwardedPrefix(request)}/v1/orders/${encodeURIComponent(body.id)}`;
      return { status: 201, caching: 'personal', headers: { Location: location }, body };
    }),
  ];
}

export function replayRoutes({
  services,
  authenticate,
  scope,
  clock,
}: RouteDependencies & { readonly clock: Clock }): Router {
  const router = Router();
  addResource(router, '/orders/replay', {
    post: [
      ...readJsonBody,
      answering({ ...scope, sendBody: sendCompact }, async (request, parts) => {
        const customer = await authenticate(request);
        readQuery(noQuery, request);
        const { orders } = readBody(replayBody, request);
        const body = await replayOrders({ services, scope, clock, gone: parts.gone }, customer, orders);
        return { status: 200, caching: 'personal', body };
      }),
    ],
  });
  return router;
}
