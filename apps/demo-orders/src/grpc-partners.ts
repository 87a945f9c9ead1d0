import { InventoryServiceService } from '@portolan/contracts/inventory';
import { ProductsServiceService } from '@portolan/contracts/products';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { createClient, type RpcChannel } from '@portolan/rpc';
import type { OrderPartners, PricedProduct } from './order-partners.ts';

/** A partner left out something that its contract owes. */
export class MalformedPartnerAnswerError extends PortolanError {
  readonly code = 'ORDERS_MALFORMED_PARTNER_ANSWER';
  readonly kind: ErrorKind = 'internal';
}

/** demo-products and demo-inventory, over gRPC. Both methods may be repeated elsewhere. */
export function grpcPartners(channels: {
  readonly products: RpcChannel;
  readonly inventory: RpcChannel;
}): OrderPartners {
  const products = createClient(ProductsServiceService, channels.products);
  const inventory = createClient(InventoryServiceService, channels.inventory);
  return {
    async prices(productIds, options) {
      const answer = await products.getProducts({ ids: productIds }, { ...options, idempotent: true });
      return new Map(
        answer.products.flatMap(({ id, name, price }): [string, PricedProduct][] =>
          price === undefined ? [] : [[id, { name, price }]],
        ),
      );
    },
    async reserve(reservationId, lines, options) {
      const { outcome } = await inventory.reserve({ reservationId, lines }, { ...options, idempotent: true });
      if (outcome?.$case === 'reserved') return { kind: 'reserved' };
      if (outcome?.$case === 'shortage') return { kind: 'shortage', lines: outcome.value.lines };
      throw new MalformedPartnerAnswerError('demo-inventory answered a reservation with no outcome', {
        fix: 'see that both were built from compatible contracts',
      });
    },
  };
}
