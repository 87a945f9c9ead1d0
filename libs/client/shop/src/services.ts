import { InventoryServiceService } from '@portolan/contracts/inventory';
import { OrdersServiceService } from '@portolan/contracts/orders';
import { ProductsServiceService } from '@portolan/contracts/products';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { createClient, type Client, type RpcChannel } from '@portolan/rpc';

/** The parts that answers are made of, and the service in the catalog that each comes from. */
export const SERVICES = {
  products: 'demo-products',
  inventory: 'demo-inventory',
  reviews: 'demo-reviews',
  orders: 'demo-orders',
} as const;
export type Part = keyof typeof SERVICES;

export interface ShopServices {
  readonly products: Client<typeof ProductsServiceService>;
  readonly inventory: Client<typeof InventoryServiceService>;
  readonly reviews: Client<typeof ReviewsServiceService>;
  readonly orders: Client<typeof OrdersServiceService>;
}

/** @param channelTo where calls to a service go, by its name in the catalog */
export const createShopServices = (channelTo: (service: string) => RpcChannel): ShopServices => ({
  products: createClient(ProductsServiceService, channelTo(SERVICES.products)),
  inventory: createClient(InventoryServiceService, channelTo(SERVICES.inventory)),
  reviews: createClient(ReviewsServiceService, channelTo(SERVICES.reviews)),
  orders: createClient(OrdersServiceService, channelTo(SERVICES.orders)),
});
