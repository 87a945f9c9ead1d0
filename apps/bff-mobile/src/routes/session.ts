import { addResource, readBody, readJsonBody, RouteNotFoundError } from '@portolan/http-api';
import { answering, loginBody, type Sessions, type SessionView } from '@portolan/shop';
import { Router } from 'express';
import { sendCompact } from '../edge/send-compact.ts';
import type { RouteDependencies } from './dependencies.ts';

export interface SessionRouteDependencies extends Pick<RouteDependencies, 'scope'> {
  readonly sessions: Sessions;
  readonly developmentLogin: boolean;
}

/** The app keeps its token itself: there is no cookie that a foreign page could use. */
export function sessionRoutes({ sessions, developmentLogin, scope }: SessionRouteDependencies): Router {
  const router = Router();
  addResource(router, '/login', {
    post: [
      ...readJsonBody,
      answering({ ...scope, sendBody: sendCompact }, async (request) => {
        if (!developmentLogin) {
          throw new RouteNotFoundError('the development login is off', {
            fix: 'bring a token that was signed with the session secret of this BFF',
          });
        }
        const { user } = readBody(loginBody, request);
        const { token, expiresAt } = await sessions.open(user);
        const body: SessionView = { user, token, expiresAt: new Date(expiresAt).toISOString() };
        return { status: 200, caching: 'personal', body };
      }),
    ],
  });
  return router;
}
