import { addResource } from '@portolan/http-api';
import { answering, type SendBody } from '@portolan/shop';
import { Router, type RequestHandler } from 'express';
import { sendCompact } from '../edge/send-compact.ts';
import { answerScreen, checkAsked, cutScreen } from '../screens/answer-screen.ts';
import type { Screen } from '../screens/screen.ts';
import type { RouteDependencies } from './dependencies.ts';

/**
 * One address a screen.
 * @param writes what answers POST at the address of a screen, by its path
 */
export function screenRoutes(
  screens: readonly Screen[],
  { services, authenticate, scope: personal, catalogue }: RouteDependencies,
  writes: Readonly<Record<string, readonly RequestHandler[]>>,
): Router {
  const router = Router();
  for (const screen of screens) {
    const options = screen.audience === 'catalogue' ? catalogue : personal;
    const post = writes[screen.path];
    addResource(router, screen.path, {
      ...(post !== undefined && { post }),
      get: [
        (request, _response, next) => {
          checkAsked(screen, request);
          next();
        },
        answering({ ...options, sendBody: sendCut(screen) }, (request, scope) =>
          answerScreen(screen, request, { services, scope, customer: () => authenticate(request) }),
        ),
      ],
    });
  }
  return router;
}

const sendCut =
  (screen: Screen): SendBody =>
  (request, response, answer) =>
    sendCompact(request, response, { ...answer, body: cutScreen(screen, request, answer.body ?? {}) });
