import { createMemoryCache, type Cache } from '@portolan/cache';
import type { Clock } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import { createSessions } from '@portolan/shop';
import { startServices, type Overrides, type RunningServices } from '@portolan/shop/testing';
import type { Express } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { createApp, type AppSettings } from '../app.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The BFF's app on real gRPC connections to stand-ins of the demo services. */
export interface RunningApp extends Omit<RunningServices, 'services' | 'telemetry'> {
  readonly app: Express;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** `Authorization` of a user who is logged in. */
  bearer(user: string): Promise<string>;
}

export interface AppOptions {
  readonly overrides?: Overrides;
  readonly settings?: Partial<AppSettings>;
  readonly clock?: Clock;
  readonly cache?: Cache;
}

const SETTINGS: AppSettings = {
  deadlineMs: 2_000,
  optionalDeadlineMs: 1_000,
  developmentLogin: true,
  requestsInFlightMax: 1_000,
  cacheTtlMs: 0,
  clientRequestsPerMinuteMax: 0,
};

const headersSchema = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string()).transform((all) => all.join(', '))]),
);
const bodySchema = z.record(z.string(), z.unknown()).catch({});

const answerOf = (response: request.Response): Answer => ({
  status: response.status,
  headers: headersSchema.parse(response.headers),
  text: response.text,
  body: bodySchema.parse(response.body),
});

export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  const { overrides = {}, settings, clock = systemClock } = options;
  const running = await startServices('bff-mobile', overrides);
  const { services, telemetry } = running;
  const sessions = createSessions({ secret: new Uint8Array(32).fill(7), ttlMs: 3_600_000, clock });
  const app = createApp({
    services,
    sessions,
    cache: {
      cache: options.cache ?? createMemoryCache(clock),
      createRateLimiter: () => {
        throw new Error('no limits here');
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    clock,
    logger: telemetry.logger('http'),
    registry: telemetry.registry,
    settings: { ...SETTINGS, ...settings },
  });
  return {
    app,
    calls: running.calls,
    lines: running.lines,
    reached: (part) => running.reached(part),
    hang: (part) => {
      running.hang(part);
    },
    kill: (part) => running.kill(part),
    get: async (path, headers = {}) =>
      answerOf(
        await request(app)
          .get(path)
          .set({ ...headers }),
      ),
    post: async (path, body, headers = {}) =>
      answerOf(
        await request(app)
          .post(path)
          .set({ ...headers })
          .send(body),
      ),
    bearer: async (user) => `Bearer ${(await sessions.open(user)).token}`,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
