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
import express, { Router, type Express } from 'express';
import { batchRoutes } from './batch/batch.ts';
import { appVersionGate } from './edge/app-version.ts';
import type { RouteDependencies } from './routes/dependencies.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { orderHandlers, replayRoutes } from './routes/orders.ts';
import { screenRoutes } from './routes/screens.ts';
import { sessionRoutes } from './routes/session.ts';
import { createScreens } from './screens/screens.ts';

export interface AppDependencies {
  readonly services: ShopServices;
  readonly sessions: Sessions;
  readonly cache: OpenCache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where metrics go. */
  readonly registry: Registry;
  readonly settings: AppSettings;
}

export interface AppSettings {
  readonly deadlineMs: number;
  readonly optionalDeadlineMs: number;
  readonly developmentLogin: boolean;
  readonly requestsInFlightMax: number;
  readonly cacheTtlMs: number;
  readonly clientRequestsPerMinuteMax: number;
  readonly appVersionMin?: string | undefined;
}

/** The BFF without a port: middleware in the order in which a request meets it, then the screens and what is written. */
export function createApp(dependencies: AppDependencies): Express {
  const { services, sessions, cache, clock, logger, registry, settings } = dependencies;
  const observing = createObserving(clock, logger, registry);
  const { deadlineMs, optionalDeadlineMs, cacheTtlMs: ttlMs, clientRequestsPerMinuteMax: limit } = settings;
  const scope = { clock, deadlineMs, optionalDeadlineMs, onMissing: observing.onMissing };
  const routes: RouteDependencies = {
    services,
    authenticate: createAuthenticate(sessions),
    scope,
    catalogue: { ...scope, kept: new KeptAnswers({ cache: cache.cache, clock, ttlMs }) },
  };
  const screens = createScreens(cache.cache);
  const v1 = Router();
  v1.use(appVersionGate(settings.appVersionMin));
  v1.use(replayRoutes({ ...routes, clock }));
  v1.use(sessionRoutes({ scope, sessions, developmentLogin: settings.developmentLogin }));
  v1.use(batchRoutes({ ...routes, screens }));
  v1.use(screenRoutes(screens, routes, { '/orders': orderHandlers(routes) }));

  const app = express().disable('x-powered-by').set('trust proxy', TRUSTED_PROXIES);
  app.use(observing.middleware);
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  if (limit > 0) app.use(rateLimit(cache.createRateLimiter('clients', { limit, windowSeconds: 60 })));
  app.use(admission(settings.requestsInFlightMax));
  app.use('/v1', v1);
  app.use(openApiRoutes());
  app.use(routeNotFound);
  app.use(problemMiddleware(logger, SHOP_PROBLEMS));
  return app;
}
