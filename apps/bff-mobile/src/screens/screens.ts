import type { Cache } from '@portolan/cache';
import { createSyncScreen } from '../sync/sync-screen.ts';
import { homeScreen } from './home.ts';
import { orderListScreen, orderScreen } from './orders.ts';
import { productListScreen } from './product-list.ts';
import { productScreen } from './product.ts';
import type { Screen } from './screen.ts';

/** Every screen of the app. Routes, batches, the OpenAPI document and the tests are made from this table. */
export const createScreens = (cache: Cache): readonly Screen[] => [
  homeScreen,
  productListScreen,
  productScreen,
  orderListScreen,
  orderScreen,
  createSyncScreen(cache),
];
