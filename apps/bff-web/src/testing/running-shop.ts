import { openCache } from '@portolan/cache';
import type { Clock } from '@portolan/kernel';
import { InProcessMessaging } from '@portolan/messaging';
import { systemClock } from '@portolan/runtime';
import { createSessions } from '@portolan/shop';
import { startServices, type Overrides, type RunningServices } from '@portolan/shop/testing';
import type { Express } from 'express';
import request from 'supertest';
import { createApp, type AppSettings } from '../app.ts';
import { OrderFeed } from '../orders/order-feed.ts';
import { checkedAnswer, type Answer } from './answers.ts';

/** The BFF's app on real gRPC connections to stand-ins of the demo services. */
export interface RunningShop extends Omit<RunningServices, 'services' | 'telemetry'> {
  readonly app: Express;
  /** Where the app hears of orders. */
  readonly events: InProcessMessaging;
  /** Sends a request without a body, and checks what is answered against the OpenAPI document. */
  get(path: string, headers?: Readonly<Record<string, string>>, method?: 'get' | 'head' | 'options'): Promise<Answer>;
  /** The same with a body: JSON, or text as it is. The CSRF header and the type are there unless overridden. */
  post(path: string, body: object | string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** `Authorization` of a user who is logged in. */
  bearer(user: string): Promise<string>;
  /** Ends the streams to clients, as the end of the process does. */
  end(): void;
  /** One metric as it is scraped. */
  metric(name: string): Promise<string>;
}

export interface ShopOptions {
  readonly overrides?: Overrides;
  readonly settings?: Partial<AppSettings>;
  /** Time of deadlines, sessions and kept answers. Default: the system's. */
  readonly clock?: Clock;
}

const SETTINGS: AppSettings = {
  deadlineMs: 2_000,
  optionalDeadlineMs: 1_000,
  corsOrigins: ['https://shop.example'],
  developmentLogin: true,
  secureCookies: false,
  requestsInFlightMax: 1_000,
  cacheTtlMs: 0,
  clientRequestsPerMinuteMax: 0,
};

export async function startShop({
  overrides = {},
  settings,
  clock = systemClock,
}: ShopOptions = {}): Promise<RunningShop> {
  const stack = new AsyncDisposableStack();
  const running = stack.use(await startServices('bff-web', overrides));
  const { services, telemetry } = running;
  const logger = telemetry.logger('http');
  const cache = stack.use(openCache({ app: 'bff-web', clock, logger }));
  const events = stack.use(new InProcessMessaging({ clock, logger }));
  const orderFeed = new OrderFeed();
  stack.use(await events.subscribe(orderFeed.subscription('bff-web-a')));
  const ending = new AbortController();
  const sessions = createSessions({ secret: new Uint8Array(32).fill(7), ttlMs: 3_600_000, clock });
  const app = await createApp({
    services,
    sessions,
    cache,
    orderFeed,
    ending: ending.signal,
    clock,
    logger,
    registry: telemetry.registry,
    settings: { ...SETTINGS, ...settings },
  });
  return {
    app,
    events,
    calls: running.calls,
    lines: running.lines,
    reached: (part) => running.reached(part),
    hang: (part) => {
      running.hang(part);
    },
    kill: (part) => running.kill(part),
    get: async (path, headers = {}, method = 'get') => {
      const response = await request(app)
        [method](path)
        .set({ ...headers });
      return checkedAnswer(method.toUpperCase(), path, response);
    },
    post: async (path, body, headers = {}) => {
      const all = { 'X-Portolan-Csrf': '1', 'Content-Type': 'application/json', ...headers };
      return checkedAnswer('POST', path, await request(app).post(path).set(all).send(body));
    },
    bearer: async (user) => `Bearer ${(await sessions.open(user)).token}`,
    end: () => {
      ending.abort();
    },
    metric: (name) => telemetry.registry.getSingleMetricAsString(name),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
