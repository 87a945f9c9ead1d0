import { Router } from 'express';
import { setCaching } from '../edge/caching.ts';
import { addResource } from '../edge/resource.ts';
import { openApiDocument } from '../openapi.ts';

/** What this BFF answers, for programs: the document that its typed client is made from. */
export function openApiRoutes(): Router {
  const document = openApiDocument();
  const router = Router();
  addResource(router, '/openapi.json', {
    get: [
      (_request, response) => {
        setCaching(response, 'document');
        response.json(document);
      },
    ],
  });
  return router;
}
