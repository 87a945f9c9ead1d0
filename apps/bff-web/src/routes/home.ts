import { answering, noQuery } from '@portolan/shop';
import { addResource, readQuery } from '@portolan/http-api';
import { Router } from 'express';
import { homePage } from '../shop/home-page.ts';
import type { RouteDependencies } from './dependencies.ts';

export function homeRoutes({ services, catalogue }: RouteDependencies): Router {
  const router = Router();
  addResource(router, '/home', {
    get: [
      answering(catalogue, async (request, parts) => {
        readQuery(noQuery, request);
        const body = await homePage(services, parts);
        return { status: 200, caching: body.missing === undefined ? 'catalogue' : 'partial', body };
      }),
    ],
  });
  return router;
}
