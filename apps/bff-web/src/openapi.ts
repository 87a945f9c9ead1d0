import {
  idempotencyKey,
  loginBody,
  orderBody,
  orderListQuery,
  problemView,
  productListQuery,
  sessionView,
} from '@portolan/shop';
import { z } from 'zod';
import { createDocument, type CreateDocumentOptions } from 'zod-openapi';
import { CSRF_HEADER } from './edge/csrf.ts';
import { homeView } from './views/home.ts';
import { orderListView, orderView } from './views/order.ts';
import { productListView, productPageView } from './views/product.ts';

/** Of the interface, not of the code: raised when `openapi.baseline.json` is. */
const INTERFACE_VERSION = '2.0.0';

const PROBLEMS = {
  400: 'The request cannot be read.',
  401: 'There is no session.',
  403: `The header ${CSRF_HEADER} is missing.`,
  404: 'There is no such thing, or it is somebody else’s.',
  409: 'The state forbids it: too little stock (`shortages` says of what), or the same key is being worked on.',
  413: 'The body is larger than 100 KB.',
  415: 'The body is not JSON.',
  422: 'A field of the body is wrong, or the key was used with another body.',
  429: 'Too many requests from this client; see Retry-After.',
  502: 'A required service failed.',
  503: 'A required service cannot be reached; see Retry-After.',
  504: 'A required service did not answer before the deadline.',
} as const;
type ProblemStatus = keyof typeof PROBLEMS;

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });

const problems = (...statuses: readonly ProblemStatus[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: PROBLEMS[status], content: { 'application/problem+json': { schema: problemView } } },
    ]),
  );

const UPSTREAM = [429, 502, 503, 504] as const;

const servedBy = {
  'Portolan-Served-By': z
    .string()
    .optional()
    .describe('The instances that took part.')
    .meta({ examples: ['demo-products;instance="demo-products-1f3a9c02"'] }),
};

/** The CSRF header is a credential of sorts: it shows that the caller is no foreign page. */
const CSRF = { csrf: [] };
const LOGGED_IN = [{ cookie: [] }, { bearer: [] }];

/** Answers may gain fields; and a number without a bound of its own does not show JavaScript's. */
const forClients: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/** The OpenAPI 3.1 document, from the schemas that requests are checked by. */
export const openApiDocument = (): ReturnType<typeof createDocument> =>
  createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Portolan demo shop, web BFF',
        version: INTERFACE_VERSION,
        description: 'Everything a web page of the shop needs, one call a page. Errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      paths: {
        '/home': {
          get: {
            operationId: 'getHome',
            summary: 'The home page.',
            responses: {
              200: {
                description: 'The page; `missing` names what could not be had.',
                headers: z.object(servedBy),
                ...json(homeView),
              },
              ...problems(400, ...UPSTREAM),
            },
          },
        },
        '/products': {
          get: {
            operationId: 'listProducts',
            summary: 'Search and list.',
            requestParams: { query: productListQuery },
            responses: {
              200: { description: 'One page of the list.', headers: z.object(servedBy), ...json(productListView) },
              ...problems(400, ...UPSTREAM),
            },
          },
        },
        '/products/{id}': {
          get: {
            operationId: 'getProduct',
            summary: 'A product page.',
            requestParams: { path: z.object({ id: z.string().meta({ examples: ['1'] }) }) },
            responses: {
              200: {
                description: 'The page; `missing` names what could not be had.',
                headers: z.object(servedBy),
                ...json(productPageView),
              },
              ...problems(400, 404, ...UPSTREAM),
            },
          },
        },
        '/orders': {
          get: {
            operationId: 'listOrders',
            summary: 'The orders of who is logged in.',
            security: LOGGED_IN,
            requestParams: { query: orderListQuery },
            responses: {
              200: { description: 'One page of the list.', headers: z.object(servedBy), ...json(orderListView) },
              ...problems(400, 401, ...UPSTREAM),
            },
          },
          post: {
            operationId: 'placeOrder',
            summary: 'Places an order, once however often it is sent.',
            security: LOGGED_IN.map((session) => ({ ...session, ...CSRF })),
            requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
            requestBody: { required: true, ...json(orderBody) },
            responses: {
              201: {
                description: 'The order; the same for the same key and body.',
                headers: z.object({ ...servedBy, Location: z.string().describe('Where the order is.') }),
                ...json(orderView),
              },
              ...problems(400, 401, 403, 409, 413, 415, 422, ...UPSTREAM),
            },
          },
        },
        '/orders/{id}': {
          get: {
            operationId: 'getOrder',
            summary: 'One order of who is logged in.',
            security: LOGGED_IN,
            requestParams: { path: z.object({ id: z.string() }) },
            responses: {
              200: { description: 'The order.', headers: z.object(servedBy), ...json(orderView) },
              ...problems(400, 401, 404, ...UPSTREAM),
            },
          },
        },
        '/orders/{id}/events': {
          get: {
            operationId: 'watchOrder',
            summary: 'What becomes of an order, as server-sent events.',
            security: LOGGED_IN,
            requestParams: { path: z.object({ id: z.string() }) },
            responses: {
              200: {
                description:
                  'Events named `status`, each with `{"orderId", "status"}` as its data: what it is now, then what it comes to.',
                content: { 'text/event-stream': { schema: z.string() } },
              },
              ...problems(400, 401, 404, ...UPSTREAM),
            },
          },
        },
        '/login': {
          post: {
            operationId: 'login',
            summary: 'The development login: believes every name.',
            security: [CSRF],
            requestBody: { required: true, ...json(loginBody) },
            responses: {
              200: {
                description: 'The session, also as a cookie.',
                headers: z.object({ 'Set-Cookie': z.string().describe('HttpOnly, SameSite=Strict.') }),
                ...json(sessionView),
              },
              ...problems(400, 403, 404, 413, 415, 422),
            },
          },
        },
        '/logout': {
          post: {
            operationId: 'logout',
            summary: 'Takes the cookie back.',
            security: [CSRF],
            responses: { 204: { description: 'Done.' }, ...problems(403) },
          },
        },
        '/openapi.json': {
          get: {
            operationId: 'getOpenApi',
            summary: 'This document.',
            responses: { 200: { description: 'OpenAPI 3.1.', ...json(z.looseObject({ openapi: z.string() })) } },
          },
        },
      },
      components: {
        securitySchemes: {
          cookie: { type: 'apiKey', in: 'cookie', name: 'portolan-session' },
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          csrf: { type: 'apiKey', in: 'header', name: CSRF_HEADER, description: 'Always 1; on every write.' },
        },
      },
    },
    { override: forClients },
  );
