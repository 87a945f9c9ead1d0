import { addResource, OverloadedError, readParameter, readQuery, setCaching } from '@portolan/http-api';
import type { Clock } from '@portolan/kernel';
import { noQuery, orderOf, PartScope } from '@portolan/shop';
import { Router } from 'express';
import type { OrderFeed } from '../orders/order-feed.ts';
import { StatusStream } from '../orders/status-stream.ts';
import { viewOfOrder } from '../views/order.ts';
import type { RouteDependencies } from './dependencies.ts';

/** Streams open at once; each is a socket and a timer. More get 503, and their browsers ask again. */
export const STREAMS_MAX = 1_000;

export interface OrderEventDependencies extends RouteDependencies {
  readonly orderFeed: OrderFeed;
  readonly clock: Clock;
  readonly ending: AbortSignal;
}

/** What becomes of an order, as it happens. */
export function orderEventRoutes(dependencies: OrderEventDependencies): Router {
  const { services, authenticate, scope, orderFeed: feed, clock, ending } = dependencies;
  const router = Router();
  let open = 0;
  addResource(router, '/orders/:id/events', {
    get: [
      async (request, response) => {
        if (open >= STREAMS_MAX) {
          throw new OverloadedError(`${open} streams are open already`, {
            fix: 'ask for the order itself from time to time, or try again later',
          });
        }
        const customer = await authenticate(request);
        readQuery(noQuery, request);
        const orderId = readParameter(request, 'id');
        // It left while its session was read: its `close` has been.
        if (response.closed) return;
        const gone = new AbortController();
        const read = async () => {
          using parts = new PartScope({ ...scope, gone: gone.signal });
          return viewOfOrder(await orderOf(services, parts, customer, orderId)).status;
        };
        open += 1;
        response.once('close', () => {
          open -= 1;
          gone.abort(new Error('the client went away'));
        });
        setCaching(response, 'personal');
        const stream = new StatusStream(response, { feed, clock, orderId, read, ending });
        try {
          await stream.begin();
        } catch (error) {
          stream[Symbol.dispose]();
          throw error;
        }
      },
    ],
  });
  return router;
}
