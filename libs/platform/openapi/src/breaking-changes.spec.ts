import { breakingChanges } from './breaking-changes.ts';
import { parseOpenApiDocument, type JsonValue, type OpenApiDocument } from './openapi-document.ts';

type Json = Record<string, JsonValue>;

interface Shape {
  readonly path?: string;
  readonly method?: string;
  readonly request?: Json;
  readonly response?: Json;
  readonly operation?: Json;
  readonly schemas?: Json;
}

/** One operation, `POST /orders` unless told otherwise, with these parts. */
const documentOf = ({ path = '/orders', method = 'post', ...shape }: Shape): OpenApiDocument =>
  parseOpenApiDocument({
    openapi: '3.1.0',
    paths: {
      [path]: {
        [method]: {
          requestBody: { content: { 'application/json': { schema: shape.request ?? {} } } },
          responses: { 200: { content: { 'application/json': { schema: shape.response ?? {} } } } },
          ...shape.operation,
        },
      },
    },
    components: { schemas: shape.schemas ?? {} },
  });

const changesBetween = (before: Shape, after: Shape): readonly string[] =>
  breakingChanges(documentOf(before), documentOf(after)).map(({ where, what }) => `${where}: ${what}`);

const object = (properties: Json, required: string[] = []): Json => ({ type: 'object', properties, required });
const text: Json = { type: 'string' };
const query = (schema: Json, required = false): Json => ({
  parameters: [{ name: 'q', in: 'query', required, schema }],
});
const responses = (...statuses: readonly string[]): Json => ({
  responses: Object.fromEntries(statuses.map((status) => [status, {}])),
});

const BREAKING: readonly (readonly [name: string, before: Shape, after: Shape, change: string])[] = [
  ['a path is gone', {}, { path: '/purchases' }, '/orders: path removed'],
  ['a method is gone', {}, { method: 'put' }, 'POST /orders: method removed'],
  [
    'a status is gone',
    { operation: responses('200', '404') },
    { operation: responses('200') },
    'POST /orders response 404: removed',
  ],
  [
    'a media type is gone',
    { operation: { responses: { 200: { content: { 'text/csv': {} } } } } },
    { operation: { responses: { 200: { content: { 'application/json': {} } } } } },
    'POST /orders response 200 text/csv: removed',
  ],
  [
    'a response header is gone',
    { operation: { responses: { 200: { headers: { Location: {} } } } } },
    { operation: responses('200') },
    'POST /orders response 200 header Location: removed',
  ],
  [
    'credentials are wanted',
    {},
    { operation: { security: [{ bearer: [] }] } },
    'POST /orders: no longer lets in with no credentials',
  ],
  [
    'more credentials are wanted',
    { operation: { security: [{ bearer: [] }] } },
    { operation: { security: [{ bearer: [], csrf: [] }] } },
    'POST /orders: no longer lets in with bearer',
  ],
  ['a parameter is gone', { operation: query(text) }, {}, 'POST /orders query parameter q: removed'],
  [
    'a new parameter is required',
    {},
    { operation: query(text, true) },
    'POST /orders query parameter q: newly required',
  ],
  [
    'a parameter is newly required',
    { operation: query(text) },
    { operation: query(text, true) },
    'POST /orders query parameter q: newly required',
  ],
  [
    'a parameter accepts fewer values',
    { operation: query({ type: 'string', enum: ['a', 'b'] }) },
    { operation: query({ type: 'string', enum: ['a'] }) },
    'POST /orders query parameter q: no longer accepts "b"',
  ],
  [
    'a parameter is bounded tighter',
    { operation: query({ type: 'integer', maximum: 100 }) },
    { operation: query({ type: 'integer', maximum: 50 }) },
    'POST /orders query parameter q: maximum tightened from 100 to 50',
  ],
  [
    'a request body is newly required',
    {},
    { operation: { requestBody: { required: true, content: { 'application/json': {} } } } },
    'POST /orders request body: newly required',
  ],
  [
    'a request field is newly required',
    { request: object({ a: text }) },
    { request: object({ a: text }, ['a']) },
    'POST /orders request body/a: newly required',
  ],
  [
    'a new request field is required',
    { request: object({}) },
    { request: object({ a: text }, ['a']) },
    'POST /orders request body/a: newly required',
  ],
  [
    'a request field is gone',
    { request: object({ a: text }) },
    { request: object({}) },
    'POST /orders request body/a: property removed',
  ],
  [
    'a request field changes its type',
    { request: object({ a: text }) },
    { request: object({ a: { type: 'integer' } }) },
    'POST /orders request body/a: type changed from "string" to "integer"',
  ],
  [
    'a request field becomes a closed list',
    { request: object({ a: text }) },
    { request: object({ a: { type: 'string', enum: ['x'] } }) },
    'POST /orders request body/a: no longer accepts anything but "x"',
  ],
  [
    'a request field must match a pattern',
    { request: object({ a: text }) },
    { request: object({ a: { type: 'string', pattern: '^x' } }) },
    'POST /orders request body/a: pattern changed from any to ^x',
  ],
  [
    'a request field is no longer nullable',
    { request: object({ a: { type: ['string', 'null'] } }) },
    { request: object({ a: text }) },
    'POST /orders request body/a: no longer accepts "null"',
  ],
  [
    'a request is closed',
    { request: object({}) },
    { request: { ...object({}), additionalProperties: false } },
    'POST /orders request body: no longer accepts further properties',
  ],
  [
    'items of a request are bounded tighter',
    { request: { type: 'array', items: { type: 'string', maxLength: 9 } } },
    { request: { type: 'array', items: { type: 'string', maxLength: 8 } } },
    'POST /orders request body/items: maxLength tightened from 9 to 8',
  ],
  [
    'a response field is gone',
    { response: object({ a: text }) },
    { response: object({}) },
    'POST /orders response 200/a: property removed',
  ],
  [
    'a response field may be absent',
    { response: object({ a: text }, ['a']) },
    { response: object({ a: text }) },
    'POST /orders response 200/a: may now be absent',
  ],
  [
    'a response field may be null (anyOf)',
    { response: object({ a: text }) },
    { response: object({ a: { anyOf: [text, { type: 'null' }] } }) },
    'POST /orders response 200/a: may now be "null"',
  ],
  [
    'a response field may be null (type list)',
    { response: object({ a: text }) },
    { response: object({ a: { type: ['string', 'null'] } }) },
    'POST /orders response 200/a: may now be "null"',
  ],
  [
    'a response has a new value',
    { response: object({ a: { type: 'string', enum: ['x'] } }) },
    { response: object({ a: { type: 'string', enum: ['x', 'y'] } }) },
    'POST /orders response 200/a: may now be "y"',
  ],
  [
    'a response is no longer a closed list',
    { response: object({ a: { type: 'string', enum: ['x'] } }) },
    { response: object({ a: text }) },
    'POST /orders response 200/a: may now be other than "x"',
  ],
  [
    'a response changes its format',
    { response: object({ a: { type: 'string', format: 'date-time' } }) },
    { response: object({ a: text }) },
    'POST /orders response 200/a: format changed from date-time to any',
  ],
  [
    'it happens behind references',
    { response: { type: 'array', items: { $ref: '#/components/schemas/A' } }, schemas: { A: object({ b: text }) } },
    { response: { type: 'array', items: { $ref: '#/components/schemas/B' } }, schemas: { B: object({}) } },
    'POST /orders response 200/items/b: property removed',
  ],
];

const HARMLESS: readonly (readonly [name: string, before: Shape, after: Shape])[] = [
  ['nothing changes', { request: object({ a: text }, ['a']) }, { request: object({ a: text }, ['a']) }],
  ['an optional parameter is added', {}, { operation: query(text) }],
  ['an optional request field is added', { request: object({}) }, { request: object({ a: text }) }],
  ['a request field is no longer required', { request: object({ a: text }, ['a']) }, { request: object({ a: text }) }],
  [
    'a request accepts more values',
    { request: { type: 'string', enum: ['x'] } },
    { request: { type: 'string', enum: ['x', 'y'] } },
  ],
  ['a request accepts null too', { request: text }, { request: { type: ['string', 'null'] } }],
  ['a request accepts fractions too', { request: { type: 'integer' } }, { request: { type: 'number' } }],
  [
    'a request is bounded wider',
    { request: { type: 'integer', minimum: 1 } },
    { request: { type: 'integer', minimum: 0 } },
  ],
  ['a response field is added', { response: object({}) }, { response: object({ a: text }, ['a']) }],
  ['a response is never null any more', { response: { type: ['string', 'null'] } }, { response: text }],
  [
    'a response has a value less',
    { response: { type: 'string', enum: ['x', 'y'] } },
    { response: { type: 'string', enum: ['x'] } },
  ],
  ['a status is added', { operation: responses('200') }, { operation: responses('200', '409') }],
  [
    'another credential does too',
    { operation: { security: [{ bearer: [] }] } },
    { operation: { security: [{ cookie: [] }, { bearer: [] }] } },
  ],
  ['a description changes', { request: { description: 'one' } }, { request: { description: 'another' } }],
  [
    'a recursive type stays',
    { response: { $ref: '#/components/schemas/T' }, schemas: { T: object({ t: { $ref: '#/components/schemas/T' } }) } },
    { response: { $ref: '#/components/schemas/T' }, schemas: { T: object({ t: { $ref: '#/components/schemas/T' } }) } },
  ],
];

describe('a change is breaking when', () => {
  it.each(BREAKING)('%s', (_name, before, after, change) => {
    expect(changesBetween(before, after)).toEqual([change]);
  });
});

describe('a change is harmless when', () => {
  it.each(HARMLESS)('%s', (_name, before, after) => {
    expect(changesBetween(before, after)).toEqual([]);
  });
});

it('a schema keyword the comparison does not know is refused, for it could hide a change', () => {
  expect(() => documentOf({ request: { not: text } })).toThrow('Unrecognized key: \\"not\\"');
});
