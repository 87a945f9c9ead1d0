import type { RateLimiter } from '@portolan/cache';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import express, { type Express, type RequestHandler } from 'express';
import request from 'supertest';
import { z } from 'zod';
import {
  addResource,
  problemMiddleware,
  rateLimit,
  readBody,
  readJsonBody,
  readQuery,
  routeNotFound,
  TRUSTED_PROXIES,
} from './index.ts';

/** A refusal of a service behind the API. */
class RefusedError extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind = 'invalid';
}

const telemetry = createTelemetry({
  app: 'test',
  logLevel: 'fatal',
  logFormat: 'json',
  clock: new VirtualClock(),
  destination: { write: () => undefined },
});

function apiOf(...handlers: readonly RequestHandler[]): Express {
  const app = express().set('trust proxy', TRUSTED_PROXIES);
  for (const handler of handlers) app.use(handler);
  addResource(app, '/things', {
    get: [
      (incoming, response) => {
        response.json(readQuery(z.strictObject({ color: z.enum(['red', 'blue']).optional() }), incoming));
      },
    ],
    post: [
      ...readJsonBody,
      (incoming, response) => {
        const { name } = readBody(z.strictObject({ name: z.string('must be a text') }), incoming);
        if (name === 'refused')
          throw new RefusedError('no such name', { fix: 'choose another', context: { 'lines[0].name': 'is taken' } });
        if (name === 'broken') throw new Error('secret details');
        response.status(201).json({ name });
      },
    ],
  });
  app.use(routeNotFound);
  app.use(
    problemMiddleware(telemetry.logger('http'), {
      statusOfCode: { TEST_REFUSED: 422 },
      codesWithFields: ['TEST_REFUSED'],
    }),
  );
  return app;
}

describe('a request that is wrong is answered by a problem that says what to do', () => {
  it.each([
    [
      'a misspelt parameter',
      () => request(apiOf()).get('/things?colour=red'),
      400,
      /colour is unknown; did you mean color\?/,
    ],
    ['a wrong value', () => request(apiOf()).get('/things?color=green'), 400, /color/],
    ['a wrong field', () => request(apiOf()).post('/things').send({ name: 7 }), 422, /\/name must be a text/],
    ['an unknown field', () => request(apiOf()).post('/things').send({ name: 'a', x: 1 }), 422, /\/x is unknown/],
    ['no JSON', () => request(apiOf()).post('/things').type('json').send('{'), 400, /cannot be read/],
    ['another type', () => request(apiOf()).post('/things').type('form').send('name=a'), 415, /x-www-form-urlencoded/],
    ['an unknown path', () => request(apiOf()).get('/thing'), 404, /nothing at \/thing/],
    ['a method that is not there', () => request(apiOf()).delete('/things'), 405, /DELETE is not possible/],
  ] as const)('%s', async (_what, send, status, detail) => {
    const answer = await send();
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(detail) as string });
    expect(answer.body).toHaveProperty('fix');
  });

  it('tells the fields that a service refused as fields of the body', async () => {
    const answer = await request(apiOf()).post('/things').send({ name: 'refused' });
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'TEST_REFUSED', errors: [{ pointer: '/lines/0/name', detail: 'is taken' }] },
    ]);
  });

  it('tells nobody what broke inside', async () => {
    const { status, text } = await request(apiOf()).post('/things').send({ name: 'broken' });
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  });
});

describe('the rate limit', () => {
  /** Lets each caller in once. */
  function once(): RateLimiter & { readonly callers: string[] } {
    const callers: string[] = [];
    return {
      callers,
      take: async (caller) => {
        const allowed = !callers.includes(caller);
        callers.push(caller);
        return { allowed, limit: 1, windowSeconds: 60, remaining: 0, resetMs: 41_200 };
      },
    };
  }

  it('says what is left, and refuses with 429 and when to come again', async () => {
    const app = apiOf(rateLimit(once()));
    const first = await request(app).get('/things');
    expect([first.status, first.get('RateLimit-Policy'), first.get('RateLimit')]).toEqual([
      200,
      '"client";q=1;w=60',
      '"client";r=0;t=42',
    ]);
    const second = await request(app).get('/things');
    expect([second.status, second.get('Retry-After'), second.body]).toMatchObject([
      429,
      '42',
      { code: 'HTTP_RATE_LIMITED' },
    ]);
  });

  it('counts clients by the address that the gateway saw, IPv6 ones by their network', async () => {
    const limiter = once();
    const app = apiOf(rateLimit(limiter));
    const addresses = ['203.0.113.7', '2001:db8:1:2:aaaa::1', '2001:db8:1:2:bbbb::2', '::ffff:203.0.113.7'];
    for (const address of addresses) await request(app).get('/things').set('X-Forwarded-For', address);
    expect(limiter.callers).toEqual(['203.0.113.7', '2001:db8:1:2', '2001:db8:1:2', '203.0.113.7']);
  });
});
