import { Router } from 'express';
import { answering } from '../edge/answering.ts';
import { readQuery } from '../edge/read-request.ts';
import { addResource } from '../edge/resource.ts';
import { homePage } from '../shop/home-page.ts';
import type { RouteDependencies } from './dependencies.ts';
import { noQuery } from './requests.ts';

export function homeRoutes({ services, scope }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/home', {
    get: [
      answering(scope, async (request, parts) => {
        readQuery(noQuery, request);
        const body = await homePage(services, parts);
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  return router;
}
