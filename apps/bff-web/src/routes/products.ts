import { answering, noQuery, productListQuery } from '@portolan/shop';
import { addResource, readParameter, readQuery } from '@portolan/http-api';
import { Router } from 'express';
import { productList } from '../shop/product-list.ts';
import { productPage } from '../shop/product-page.ts';
import type { RouteDependencies } from './dependencies.ts';

export function productRoutes({ services, catalogue }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/products', {
    get: [
      answering(catalogue, async (request, parts) => {
        const body = await productList(services, parts, readQuery(productListQuery, request));
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  addResource(router, '/products/:id', {
    get: [
      answering(catalogue, async (request, parts) => {
        readQuery(noQuery, request);
        const body = await productPage(services, parts, readParameter(request, 'id'));
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  return router;
}
