import { Router } from 'express';
import { answering } from '../edge/answering.ts';
import { readParameter, readQuery } from '../edge/read-request.ts';
import { addResource } from '../edge/resource.ts';
import { productList } from '../shop/product-list.ts';
import { productPage } from '../shop/product-page.ts';
import type { RouteDependencies } from './dependencies.ts';
import { noQuery, productListQuery } from './requests.ts';

export function productRoutes({ services, scope }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/products', {
    get: [
      answering(scope, async (request, parts) => {
        const body = await productList(services, parts, readQuery(productListQuery, request));
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  addResource(router, '/products/:id', {
    get: [
      answering(scope, async (request, parts) => {
        readQuery(noQuery, request);
        const body = await productPage(services, parts, readParameter(request, 'id'));
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  return router;
}
