import { Router } from 'express';
import { answering } from '../edge/answering.ts';
import { requireCsrfHeader } from '../edge/csrf.ts';
import { forwardedPrefix } from '../edge/forwarded-prefix.ts';
import { readJsonBody } from '../edge/json-body.ts';
import { readBody, readHeader, readParameter, readQuery } from '../edge/read-request.ts';
import { addResource } from '../edge/resource.ts';
import { orderList, orderOf, placeOrder } from '../shop/orders.ts';
import type { RouteDependencies } from './dependencies.ts';
import { idempotencyKey, noQuery, orderBody, orderListQuery, unquoted } from './requests.ts';

/** The orders of who is logged in. */
export function orderRoutes({ services, authenticate, scope }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/orders', {
    get: [
      answering(scope, async (request, parts) => {
        const customer = await authenticate(request);
        const body = await orderList(services, parts, customer, readQuery(orderListQuery, request));
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
        const body = await placeOrder(services, parts, customer, { idempotencyKey: key, lines });
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
        const body = await orderOf(services, parts, customer, readParameter(request, 'id'));
        return { status: 200, caching: 'personal', body };
      }),
    ],
  });
  return router;
}
