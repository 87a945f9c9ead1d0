import {
  answering,
  idempotencyKey,
  noQuery,
  orderBody,
  orderList,
  orderListQuery,
  orderOf,
  placeOrder,
  unquoted,
} from '@portolan/shop';
import {
  addResource,
  forwardedPrefix,
  readBody,
  readHeader,
  readJsonBody,
  readParameter,
  readQuery,
} from '@portolan/http-api';
import { Router } from 'express';
import { requireCsrfHeader } from '../edge/csrf.ts';
import { viewOfOrder, viewOfOrders } from '../views/order.ts';
import type { RouteDependencies } from './dependencies.ts';

/** The orders of who is logged in. */
export function orderRoutes({ services, authenticate, scope }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/orders', {
    get: [
      answering(scope, async (request, parts) => {
        const customer = await authenticate(request);
        const body = viewOfOrders(await orderList(services, parts, customer, readQuery(orderListQuery, request)));
        return { status: 200, caching: 'personal', body };
      }),
    ],
    post: [
      requireCsrfHeader,
      ...readJsonBody,
      answering(scope, async (request, parts) => {
        const customer = await authenticate(request);
        readQuery(noQuery, request);
        const key = unquoted(readHeader(idempotencyKey, request, 'Idempotency-Key'));
        const { lines } = readBody(orderBody, request);
        const body = viewOfOrder(await placeOrder(services, parts, customer, { idempotencyKey: key, lines }));
        return {
          status: 201,
          caching: 'personal',
          headers: { Location: `${forwardedPrefix(request)}/orders/${encodeURIComponent(body.id)}` },
          body,
        };
      }),
    ],
  });
  addResource(router, '/orders/:id', {
    get: [
      answering(scope, async (request, parts) => {
        const customer = await authenticate(request);
        readQuery(noQuery, request);
        const body = viewOfOrder(await orderOf(services, parts, customer, readParameter(request, 'id')));
        return { status: 200, caching: 'personal', body };
      }),
    ],
  });
  return router;
}
