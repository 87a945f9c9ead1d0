import { orderList, orderListQuery, orderOf } from '@portolan/shop';
import { z } from 'zod';
import { fieldsParameter } from '../edge/fields.ts';
import { orderListView, orderView, viewOfOrder, viewOfOrders } from '../views/order.ts';
import { defineScreen } from './screen.ts';

export const orderListScreen = defineScreen({
  path: '/orders',
  operationId: 'listOrders',
  summary: 'The orders of who is logged in.',
  audience: 'personal',
  query: z.strictObject({ ...orderListQuery.shape, fields: fieldsParameter }),
  view: orderListView,
  fieldsOf: 'items',
  fields: Object.keys(orderView.shape),
  load: async ({ services, scope, query, customer }) =>
    viewOfOrders(await orderList(services, scope, await customer(), query)),
});

export const orderScreen = defineScreen({
  path: '/orders/:id',
  operationId: 'getOrder',
  summary: 'One order of who is logged in.',
  audience: 'personal',
  query: z.strictObject({ fields: fieldsParameter }),
  view: orderView,
  fieldsOf: 'answer',
  fields: Object.keys(orderView.shape),
  load: async ({ services, scope, parameter, customer }) =>
    viewOfOrder(await orderOf(services, scope, await customer(), parameter('id'))),
});
