import { Router } from 'express';
import { answering } from '../edge/answering.ts';
import { requireCsrfHeader } from '../edge/csrf.ts';
import { readJsonBody } from '../edge/json-body.ts';
import { readBody } from '../edge/read-request.ts';
import { addResource } from '../edge/resource.ts';
import { RouteNotFoundError } from '../problem/web-error.ts';
import type { SessionCookie } from '../session/session-cookie.ts';
import type { Sessions } from '../session/sessions.ts';
import type { SessionView } from '../views/session.ts';
import type { RouteDependencies } from './dependencies.ts';
import { loginBody } from './requests.ts';

export interface SessionRouteDependencies extends Pick<RouteDependencies, 'scope'> {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly developmentLogin: boolean;
}

export function sessionRoutes({ sessions, cookie, developmentLogin, scope }: SessionRouteDependencies): Router {
  const router = Router();
  addResource(router, '/login', {
    post: [
      requireCsrfHeader,
      ...readJsonBody,
      answering(scope, async (request) => {
        if (!developmentLogin) {
          throw new RouteNotFoundError('the development login is off', {
            fix: 'bring a token that was signed with the session secret of this BFF',
          });
        }
        const { user } = readBody(loginBody, request);
        const { token, expiresAt } = await sessions.open(user);
        const body: SessionView = { user, token, expiresAt: new Date(expiresAt).toISOString() };
        return { status: 200, caching: 'personal', headers: { 'Set-Cookie': cookie.set(token, sessions.ttlMs) }, body };
      }),
    ],
  });
  addResource(router, '/logout', {
    post: [
      requireCsrfHeader,
      answering(scope, async () => ({ status: 204, caching: 'personal', headers: { 'Set-Cookie': cookie.clear() } })),
    ],
  });
  return router;
}
