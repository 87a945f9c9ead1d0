import type { OrdersServiceService, PlaceOrderResponse } from '@portolan/contracts/orders';
import type { CallContext, Implementation } from '@portolan/rpc';
import { customerOf, type OrderBook, type PlaceOutcome } from './order-book.ts';
import type { OrderHistory } from './order-history.ts';

/** OrdersService over the domain. The customer is the call's principal. */
export function createOrdersService(
  book: Pick<OrderBook, 'place'>,
  history: OrderHistory,
): Implementation<typeof OrdersServiceService> {
  const customer = ({ principal }: CallContext): string => customerOf(principal);
  return {
    async placeOrder(request, call) {
      return { outcome: toWire(await book.place(customer(call), request, call)) };
    },
    async getOrder({ id }, call) {
      return { order: await history.get(customer(call), id, call.signal) };
    },
    listOrders: (request, call) => history.list(customer(call), request, call.signal),
  };
}

function toWire(outcome: PlaceOutcome): PlaceOrderResponse['outcome'] {
  return outcome.kind === 'placed'
    ? { $case: 'order', value: outcome.order }
    : { $case: 'outOfStock', value: { lines: outcome.lines } };
}
