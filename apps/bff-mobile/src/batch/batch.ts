import {
  addResource,
  BadRequestError,
  problemOf,
  readBody,
  readJsonBody,
  readQuery,
  RouteNotFoundError,
} from '@portolan/http-api';
import { answering, answerTo, noQuery, SHOP_PROBLEMS } from '@portolan/shop';
import { currentTrace, startTrace } from '@portolan/telemetry';
import { Router, type Request } from 'express';
import { z } from 'zod';
import { etagOf, matches } from '../edge/etag.ts';
import { sendCompact } from '../edge/send-compact.ts';
import type { RouteDependencies } from '../routes/dependencies.ts';
import { answerScreen, checkAsked, cutScreen, type ScreenAsked } from '../screens/answer-screen.ts';
import type { Screen } from '../screens/screen.ts';

/** Screens that an app opens with at once; each is as much work as a request of its own. */
const REQUESTS_MAX = 10;

export const batchBody = z
  .strictObject(
    {
      requests: z
        .array(
          z.strictObject({
            id: z.string().min(1, 'must not be empty').max(64, 'must be at most 64 characters'),
            path: z
              .string('must be a text')
              .max(1_000, 'must be at most 1000 characters')
              .regex(/^\/v1\/(?!batch)[!-~]*$/, 'must be the path and query of a screen, such as /v1/products/1')
              .describe('Of a screen, with its query.')
              .meta({ examples: ['/v1/products/1?fields=name,price'] }),
            ifNoneMatch: z
              .string()
              .max(200)
              .describe('The ETag of what the app has: answered 304 when it is the same.')
              .optional(),
          }),
          'must be a list of requests',
        )
        .min(1, 'must have at least one request')
        .max(REQUESTS_MAX, `must have at most ${REQUESTS_MAX} requests`)
        .refine((requests) => new Set(requests.map(({ id }) => id)).size === requests.length, 'have an id twice'),
    },
    'must be an object',
  )
  .meta({ id: 'Batch' });

export const batchView = z
  .strictObject({
    answers: z.array(
      z
        .strictObject({
          id: z.string(),
          status: z.int().min(200).max(599),
          etag: z.string().optional(),
          body: z.looseObject({}).describe('As the screen alone would be answered; a problem from 400 on.').optional(),
        })
        .meta({ id: 'BatchAnswer' }),
    ),
  })
  .meta({ id: 'BatchAnswers' });
type BatchView = z.infer<typeof batchView>;
type BatchAnswer = BatchView['answers'][number];
type Wanted = z.infer<typeof batchBody>['requests'][number];

export interface BatchOptions extends RouteDependencies {
  readonly screens: readonly Screen[];
}

/** Several screens in one round trip: each is answered as it would be alone, all at once. */
export function batchRoutes(options: BatchOptions): Router {
  const routes = options.screens.map((screen): ScreenRoute => ({
    screen,
    pattern: new URLPattern({ pathname: `/v1${screen.path}` }),
  }));
  const router = Router();
  addResource(router, '/batch', {
    post: [
      ...readJsonBody,
      answering({ ...options.scope, sendBody: sendCompact }, async (request, { gone }) => {
        readQuery(noQuery, request);
        const { requests } = readBody(batchBody, request);
        const answers = await Promise.all(
          requests.map((wanted) => answerOf({ ...options, routes, gone }, request, wanted)),
        );
        const body: BatchView = { answers };
        return { status: 200, caching: 'personal', body };
      }),
    ],
  });
  return router;
}

interface ScreenRoute {
  readonly screen: Screen;
  readonly pattern: URLPattern;
}

interface BatchContext extends BatchOptions {
  readonly routes: readonly ScreenRoute[];
  readonly gone: AbortSignal;
}

async function answerOf(
  context: BatchContext,
  batch: Request,
  { id, path, ifNoneMatch }: Wanted,
): Promise<BatchAnswer> {
  const { routes, services, authenticate, scope: personal, catalogue, gone } = context;
  const url = new URL(path, 'http://batch');
  try {
    const found = routes.flatMap(({ screen, pattern }) => {
      const match = pattern.exec(url);
      return match === null ? [] : [{ screen, params: match.pathname.groups }];
    })[0];
    if (found === undefined) {
      throw new RouteNotFoundError(`there is no screen at ${url.pathname}`, {
        fix: 'see /openapi.json for what there is',
      });
    }
    const { screen, params } = found;
    const asked: ScreenAsked = {
      baseUrl: '/v1',
      path: url.pathname.slice('/v1'.length),
      originalUrl: path,
      query: queryOf(url.searchParams),
      params: decoded(params),
      get: (name) => batch.get(name),
    };
    checkAsked(screen, asked);
    const options = { ...(screen.audience === 'catalogue' ? catalogue : personal), gone };
    const { answer } = await answerTo(options, asked, (_asked, scope) =>
      answerScreen(screen, asked, { services, scope, customer: () => authenticate(batch) }),
    );
    const body = cutScreen(screen, asked, answer.body ?? {});
    const etag = etagOf(JSON.stringify(body), answer.caching !== 'partial', 'identity');
    if (matches(ifNoneMatch, etag)) return { id, status: 304, etag };
    return { id, status: answer.status, etag, body: { ...body } };
  } catch (error) {
    const { traceId } = currentTrace() ?? startTrace();
    const { problem } = problemOf(error, { mapping: SHOP_PROBLEMS, instance: url.pathname, traceId });
    return { id, status: problem.status, body: { ...problem } };
  }
}

/** As Express reads a query: what is given twice is a list. */
function queryOf(parameters: URLSearchParams): Request['query'] {
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

/** @throws BadRequestError when a part of the path is no text */
function decoded(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, text = '']) => [name, decodeURIComponent(text)]));
  } catch (cause) {
    throw new BadRequestError('a part of the path cannot be decoded', { fix: 'write % as %25', cause });
  }
}
