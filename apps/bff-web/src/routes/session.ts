import { answering, loginBody, type Sessions, type SessionView } from '@portolan/shop';
import { addResource, readBody, readJsonBody, RouteNotFoundError } from '@portolan/http-api';
import { Router } from 'express';
import { requireCsrfHeader } from '../edge/csrf.ts';
import type { SessionCookie } from '../session/session-cookie.ts';
import type { RouteDependencies } from './dependencies.ts';

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
