import type { Request, RequestHandler, Router } from 'express';
import { MethodNotAllowedError, RouteNotFoundError } from './problem/http-error.ts';

/** What answers each method of one address. */
export interface Methods {
  readonly get?: readonly RequestHandler[];
  readonly post?: readonly RequestHandler[];
}

/** Adds an address; a method that it does not have is answered 405. */
export function addResource(router: Router, path: string, methods: Methods): void {
  const route = router.route(path);
  // HEAD is answered by GET, without its body.
  const allow = [
    ...(methods.get === undefined ? [] : ['GET', 'HEAD']),
    ...(methods.post === undefined ? [] : ['POST']),
  ];
  if (methods.get !== undefined) route.get(...methods.get);
  if (methods.post !== undefined) route.post(...methods.post);
  route.all((request: Request) => {
    throw new MethodNotAllowedError(`${request.method} is not possible at ${request.path}`, {
      fix: `use ${allow.join(', ')}`,
      headers: { Allow: allow.join(', ') },
    });
  });
}

/** After every address. */
export const routeNotFound: RequestHandler = (request) => {
  throw new RouteNotFoundError(`there is nothing at ${request.path}`, {
    fix: 'see /openapi.json for what there is',
  });
};
