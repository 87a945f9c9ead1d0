import { formatPrincipal, type Clock } from '@portolan/kernel';
import { connect, startRpcServer, type CallContext, type RpcServer } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry, currentTrace } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import type { Express } from 'express';
import request from 'supertest';
import { createApp, type AppSettings } from '../app.ts';
import { createSessions } from '../session/sessions.ts';
import { createShopServices, SERVICES, type Part } from '../shop/services.ts';
import { checkedAnswer, type Answer } from './answers.ts';
import { standIns, type Overrides } from './stand-ins.ts';

const PARTS = ['products', 'inventory', 'reviews', 'orders'] as const satisfies readonly Part[];

/** A call that a stand-in received. */
export interface ReceivedCall {
  readonly part: Part;
  readonly method: string;
  readonly principal: string;
  readonly traceId: string | undefined;
}

/** The BFF's app on real gRPC connections to stand-ins of the demo services. */
export interface RunningShop extends AsyncDisposable {
  readonly app: Express;
  /** Sends a request without a body, and checks what is answered against the OpenAPI document. */
  get(path: string, headers?: Readonly<Record<string, string>>, method?: 'get' | 'head' | 'options'): Promise<Answer>;
  /** The same with a body: JSON, or text as it is. The CSRF header and the type are there unless overridden. */
  post(path: string, body: object | string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  readonly calls: readonly ReceivedCall[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** `Authorization` of a user who is logged in. */
  bearer(user: string): Promise<string>;
  /** Resolves when a call has reached the service. */
  reached(part: Part): Promise<void>;
  /** The service no longer answers: its calls hang until they are cancelled. */
  hang(part: Part): void;
  /** The service's process ends. */
  kill(part: Part): Promise<void>;
  /** One metric as it is scraped. */
  metric(name: string): Promise<string>;
}

export interface ShopOptions {
  readonly overrides?: Overrides;
  readonly settings?: Partial<AppSettings>;
  /** Time of deadlines and sessions. Default: the system's. */
  readonly clock?: Clock;
}

const SETTINGS: AppSettings = {
  deadlineMs: 2_000,
  optionalDeadlineMs: 1_000,
  corsOrigins: ['https://shop.example'],
  developmentLogin: true,
  secureCookies: false,
  requestsInFlightMax: 1_000,
};

export async function startShop({
  overrides = {},
  settings,
  clock = systemClock,
}: ShopOptions = {}): Promise<RunningShop> {
  const lines: Record<string, unknown>[] = [];
  const calls: ReceivedCall[] = [];
  const hanging = new Set<Part>();
  const arrivals = new Map(PARTS.map((part) => [part, Promise.withResolvers<undefined>()]));
  const telemetry = createTelemetry({
    app: 'bff-web',
    logLevel: 'debug',
    logFormat: 'json',
    clock: new VirtualClock(),
    destination: {
      write: (line) => {
        const parsed: unknown = JSON.parse(line);
        if (typeof parsed === 'object' && parsed !== null) lines.push({ ...parsed });
      },
    },
  });

  const stack = new AsyncDisposableStack();
  const arrived = (part: Part) => async (call: CallContext) => {
    const { method, principal } = call;
    calls.push({ part, method, principal: formatPrincipal(principal), traceId: currentTrace()?.traceId });
    arrivals.get(part)?.resolve(undefined);
    if (hanging.has(part)) await aborted(call.signal);
  };
  const bound = standIns(overrides);
  const servers = new Map<Part, RpcServer>();
  const addresses = new Map<string, string>();
  for (const part of PARTS) {
    const server = await startRpcServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [bound[part]],
      logger: telemetry.logger('stand-in'),
      drainMs: 0,
      instance: `${SERVICES[part]}-a`,
      interceptors: [arrived(part)],
    });
    servers.set(part, stack.use(server));
    addresses.set(SERVICES[part], `127.0.0.1:${server.port}`);
  }
  const services = createShopServices((service) => stack.use(connect(addresses.get(service) ?? service)));
  const sessions = createSessions({ secret: new Uint8Array(32).fill(7), ttlMs: 3_600_000, clock });
  const app = createApp({
    services,
    sessions,
    clock,
    logger: telemetry.logger('http'),
    registry: telemetry.registry,
    settings: { ...SETTINGS, ...settings },
  });
  return {
    app,
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
    calls,
    lines,
    bearer: async (user) => `Bearer ${(await sessions.open(user)).token}`,
    reached: async (part) => arrivals.get(part)?.promise,
    hang: (part) => {
      hanging.add(part);
    },
    kill: async (part) => servers.get(part)?.drain(),
    metric: (name) => telemetry.registry.getSingleMetricAsString(name),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Lets everything else run until `condition` holds; the test's time limit is the guard. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
