import type { OpenCache } from '@portolan/cache';
import {
  admission,
  createObserving,
  problemMiddleware,
  rateLimit,
  routeNotFound,
  TRUSTED_PROXIES,
} from '@portolan/http-api';
import type { Clock } from '@portolan/kernel';
import { createAuthenticate, KeptAnswers, SHOP_PROBLEMS, type Sessions, type ShopServices } from '@portolan/shop';
import type { Logger, Registry } from '@portolan/telemetry';
import express, { type Express } from 'express';
import { crossOrigin } from './edge/cross-origin.ts';
import type { OrderFeed } from './orders/order-feed.ts';
import type { RouteDependencies } from './routes/dependencies.ts';
import { homeRoutes } from './routes/home.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { orderEventRoutes } from './routes/order-events.ts';
import { orderRoutes } from './routes/orders.ts';
import { pageRoutes } from './routes/page.ts';
import { productRoutes } from './routes/products.ts';
import { sessionRoutes } from './routes/session.ts';
import { createSessionCookie } from './session/session-cookie.ts';

export interface AppDependencies {
  readonly services: ShopServices;
  readonly sessions: Sessions;
  readonly cache: OpenCache;
  readonly orderFeed: OrderFeed;
  /** Aborted when the process ends. */
  readonly ending: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where metrics go. */
  readonly registry: Registry;
  readonly settings: AppSettings;
}

export interface AppSettings {
  readonly deadlineMs: number;
  readonly optionalDeadlineMs: number;
  readonly corsOrigins: readonly string[];
  readonly developmentLogin: boolean;
  readonly secureCookies: boolean;
  readonly requestsInFlightMax: number;
  readonly cacheTtlMs: number;
  readonly clientRequestsPerMinuteMax: number;
}

/** The BFF without a port: middleware in the order in which a request meets it, then one router a resource. */
export async function createApp(dependencies: AppDependencies): Promise<Express> {
  const { services, sessions, cache, orderFeed, ending, clock, logger, registry, settings } = dependencies;
  const observing = createObserving(clock, logger, registry);
  const cookie = createSessionCookie({ secure: settings.secureCookies });
  const { deadlineMs, optionalDeadlineMs, cacheTtlMs: ttlMs, clientRequestsPerMinuteMax: limit } = settings;
  const scope = { clock, deadlineMs, optionalDeadlineMs, onMissing: observing.onMissing };
  const routes: RouteDependencies = {
    services,
    authenticate: createAuthenticate(sessions, (request) => cookie.read(request.get('Cookie'))),
    scope,
    catalogue: { ...scope, kept: new KeptAnswers({ cache: cache.cache, clock, ttlMs }) },
  };

  const app = express().disable('x-powered-by').set('trust proxy', TRUSTED_PROXIES);
  app.use(observing.middleware);
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use(crossOrigin(settings.corsOrigins));
  if (limit > 0) app.use(rateLimit(cache.createRateLimiter('clients', { limit, windowSeconds: 60 })));
  // They stay open, and have a bound of their own.
  app.use(orderEventRoutes({ ...routes, orderFeed, clock, ending }));
  app.use(admission(settings.requestsInFlightMax));
  app.use(await pageRoutes());
  app.use(homeRoutes(routes));
  app.use(productRoutes(routes));
  app.use(orderRoutes(routes));
  app.use(sessionRoutes({ ...routes, sessions, cookie, developmentLogin: settings.developmentLogin }));
  app.use(openApiRoutes());
  app.use(routeNotFound);
  app.use(problemMiddleware(logger, SHOP_PROBLEMS));
  return app;
}
