import { createMemoryCache } from '@portolan/cache';
import { assert, millis } from '@portolan/kernel';
import { idempotencyKey, loginBody, noQuery, orderBody, problemView, sessionView } from '@portolan/shop';
import { z } from 'zod';
import { createDocument, type CreateDocumentOptions } from 'zod-openapi';
import { batchBody, batchView } from './batch/batch.ts';
import { APP_VERSION_HEADER } from './edge/app-version.ts';
import { replayBody, replayView } from './orders/replay.ts';
import { createScreens } from './screens/screens.ts';
import type { Screen } from './screens/screen.ts';
import { orderView } from './views/order.ts';

/** Of the interface, not of the code. Within `/v1` it only gains. */
const INTERFACE_VERSION = '1.0.0';

const PROBLEMS = {
  400: 'The request cannot be read.',
  401: 'There is no session.',
  404: 'There is no such thing, or it is somebody else’s.',
  409: 'The state forbids it: too little stock (`shortages` says of what), or the same key is being worked on.',
  413: 'The body is larger than 100 KB.',
  415: 'The body is not JSON.',
  422: 'A field of the body is wrong, or the key was used with another body.',
  426: 'The app is too old; `appVersionMin` says what it has to be.',
  429: 'Too many requests from this client; see Retry-After.',
  502: 'A required service failed.',
  503: 'A required service cannot be reached; see Retry-After.',
  504: 'A required service did not answer before the deadline.',
} as const;
type ProblemStatus = keyof typeof PROBLEMS;

const problemOfApp = z
  .strictObject({
    ...problemView.shape,
    appVersionMin: z.string().describe('What the app has to be at least.').optional(),
  })
  .meta({ id: 'Problem' });

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });

const problems = (...statuses: readonly ProblemStatus[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: PROBLEMS[status], content: { 'application/problem+json': { schema: problemOfApp } } },
    ]),
  );

const ALWAYS = [400, 426, 429] as const;
const UPSTREAM = [502, 503, 504] as const;
const WRITE = [401, 413, 415, 422] as const;

const appVersion = z
  .string()
  .optional()
  .describe('Of the app that asks, as Semantic Versioning has it.')
  .meta({ examples: ['2.4.1'] });
const header = z.object({ [APP_VERSION_HEADER]: appVersion });

const cached = z.object({
  ETag: z.string().optional().describe('Strong. Send it as If-None-Match: 304 when nothing changed.'),
  'Portolan-Served-By': z.string().optional().describe('The instances that took part.'),
});

const LOGGED_IN = [{ bearer: [] }];

/** Answers may gain fields; and a number without a bound of its own does not show JavaScript's. */
const forClients: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

function pathOf(screen: Screen) {
  const { path, operationId, summary, audience, query, view } = screen;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  assert(!names.includes(''), 'a parameter has a name');
  const parameters = z.object(Object.fromEntries(names.map((name) => [name, z.string().meta({ examples: ['1'] })])));
  const get = {
    operationId,
    summary,
    ...(audience === 'personal' && { security: LOGGED_IN }),
    requestParams: { query, header, ...(names.length > 0 && { path: parameters }) },
    responses: {
      200: {
        description: 'The screen; `missing` names what could not be had.',
        headers: cached,
        ...json(view.partial()),
      },
      304: { description: 'The app has it already.' },
      ...problems(
        ...ALWAYS,
        ...(audience === 'personal' ? ([401] as const) : []),
        ...(names.length > 0 ? ([404] as const) : []),
        ...UPSTREAM,
      ),
    },
  };
  return [`/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`, { get }] as const;
}

/** The OpenAPI 3.1 document, from the schemas that requests are checked by. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  // The screens' shapes are those of any cache.
  const screens = createScreens(createMemoryCache({ now: () => millis(0) }));
  const { '/v1/orders': orders, ...others } = Object.fromEntries(screens.map(pathOf));
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Portolan demo shop, mobile BFF',
        version: INTERFACE_VERSION,
        description:
          'One round trip a screen, few bytes. Errors are RFC 9457 problems. With `fields` answers have those alone.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      paths: {
        ...others,
        '/v1/orders': {
          ...orders,
          post: {
            operationId: 'placeOrder',
            summary: 'Places an order, once however often it is sent.',
            security: LOGGED_IN,
            requestParams: {
              header: z.object({ [APP_VERSION_HEADER]: appVersion, 'Idempotency-Key': idempotencyKey }),
            },
            requestBody: { required: true, ...json(orderBody) },
            responses: {
              201: {
                description: 'The order; the same for the same key and body.',
                headers: z.object({ Location: z.string().describe('Where the order is.') }),
                ...json(orderView),
              },
              ...problems(...ALWAYS, ...WRITE, 409, ...UPSTREAM),
            },
          },
        },
        '/v1/orders/replay': {
          post: {
            operationId: 'replayOrders',
            summary: 'Places the orders that were made offline, each once however often they are sent.',
            security: LOGGED_IN,
            requestParams: { header },
            requestBody: { required: true, ...json(replayBody) },
            responses: {
              200: { description: 'What became of each.', ...json(replayView) },
              ...problems(...ALWAYS, ...WRITE),
            },
          },
        },
        '/v1/batch': {
          post: {
            operationId: 'batch',
            summary: 'Several screens in one round trip.',
            requestParams: { header },
            requestBody: { required: true, ...json(batchBody) },
            responses: {
              200: { description: 'An answer each.', ...json(batchView) },
              ...problems(...ALWAYS, 413, 415, 422),
            },
          },
        },
        '/v1/login': {
          post: {
            operationId: 'login',
            summary: 'The development login: believes every name.',
            requestParams: { header },
            requestBody: { required: true, ...json(loginBody) },
            responses: {
              200: { description: 'The session.', ...json(sessionView) },
              ...problems(...ALWAYS, 404, 413, 415, 422),
            },
          },
        },
        '/openapi.json': {
          get: {
            operationId: 'getOpenApi',
            summary: 'This document.',
            requestParams: { query: noQuery },
            responses: { 200: { description: 'OpenAPI 3.1.', ...json(z.looseObject({ openapi: z.string() })) } },
          },
        },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    { override: forClients },
  );
}
