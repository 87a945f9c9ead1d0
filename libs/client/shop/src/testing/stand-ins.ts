import { InventoryServiceService } from '@portolan/contracts/inventory';
import { OrdersServiceService, OrderStatus, type Order } from '@portolan/contracts/orders';
import { ProductsServiceService, type Product } from '@portolan/contracts/products';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { implement, type BoundService, type Implementation } from '@portolan/rpc';
import type { Part } from '../services.ts';

/** A refusal as one of the services would word it. */
export class RefusedError extends PortolanError {
  readonly code: string;
  readonly kind: ErrorKind;
  constructor(code: string, kind: ErrorKind, context: Readonly<Record<string, string>> = {}) {
    super(`refused with ${code}`, { fix: 'ask for something else', context });
    this.code = code;
    this.kind = kind;
  }
}

const RELEASED_AT = BigInt(Date.UTC(2026, 1, 3));

export const lamp: Product = {
  id: '1',
  name: 'Brass lamp',
  description: 'Lights a chart table.',
  category: 'Lamps',
  brand: 'Faro',
  price: { amountMinor: 4_900n, currency: 'EUR' },
  releasedAt: RELEASED_AT,
  tags: ['brass', 'warm'],
};
export const compass: Product = { ...lamp, id: '2', name: 'Compass', category: 'Instruments', tags: [] };

export const order: Order = {
  id: 'o-1',
  status: OrderStatus.PLACED,
  lines: [{ productId: '1', name: 'Brass lamp', quantity: 2, unitPrice: { amountMinor: 4_900n, currency: 'EUR' } }],
  total: { amountMinor: 9_800n, currency: 'EUR' },
  placedAt: BigInt(Date.UTC(2026, 2, 1, 9, 30)),
};

type Products = Implementation<typeof ProductsServiceService>;
type Inventory = Implementation<typeof InventoryServiceService>;
type Reviews = Implementation<typeof ReviewsServiceService>;
type Orders = Implementation<typeof OrdersServiceService>;

/** What a test wants a service to do differently. */
export interface Overrides {
  readonly products?: Partial<Products>;
  readonly inventory?: Partial<Inventory>;
  readonly reviews?: Partial<Reviews>;
  readonly orders?: Partial<Orders>;
}

const products: Products = {
  getProduct: async ({ id }) => {
    const product = [lamp, compass].find((one) => one.id === id);
    if (product === undefined) throw new RefusedError('PRODUCTS_NOT_FOUND', 'not-found');
    return { product };
  },
  getProducts: async ({ ids }) => ({ products: [lamp, compass].filter(({ id }) => ids.includes(id)) }),
  searchProducts: async ({ pageSize }) => ({
    products: [lamp, compass].slice(0, pageSize),
    nextPageToken: 'page-2',
    total: 300,
  }),
  listCategories: async () => ({
    categories: [
      { name: 'Instruments', products: 1 },
      { name: 'Lamps', products: 1 },
    ],
  }),
};

const inventory: Inventory = {
  getStock: async ({ productIds }) => ({
    stock: productIds.includes('1') ? [{ productId: '1', available: 12 }] : [],
  }),
  reserve: async () => ({ outcome: { $case: 'reserved', value: {} } }),
  release: async () => ({}),
};

const reviews: Reviews = {
  listReviews: async ({ productId }) => ({
    reviews: [
      { id: 'r-1', productId, author: 'Grace', stars: 5, title: 'Bright', text: 'It is.', writtenAt: RELEASED_AT },
    ],
    nextPageToken: '',
    rating: { productId, averageStars: 4.5, reviews: 2 },
  }),
  getRatings: async ({ productIds }) => ({
    ratings: productIds.includes('1') ? [{ productId: '1', averageStars: 4.5, reviews: 2 }] : [],
  }),
};

const orders: Orders = {
  placeOrder: async () => ({ outcome: { $case: 'order', value: order } }),
  getOrder: async () => ({ order }),
  listOrders: async () => ({ orders: [order], nextPageToken: '' }),
};

/** The demo services as their contracts describe them, each in a few lines. */
export const standIns = (overrides: Overrides): Readonly<Record<Part, BoundService>> => ({
  products: implement(ProductsServiceService, { ...products, ...overrides.products }),
  inventory: implement(InventoryServiceService, { ...inventory, ...overrides.inventory }),
  reviews: implement(ReviewsServiceService, { ...reviews, ...overrides.reviews }),
  orders: implement(OrdersServiceService, { ...orders, ...overrides.orders }),
});
