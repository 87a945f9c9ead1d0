import { addResource, setCaching } from '@portolan/http-api';
import { Router } from 'express';
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
