import type { Clock } from '@portolan/kernel';
import type { Logger, Registry } from '@portolan/telemetry';
import express, { type Express } from 'express';
import { admission } from './edge/admission.ts';
import { crossOrigin } from './edge/cross-origin.ts';
import { createObserving } from './edge/observing.ts';
import { routeNotFound } from './edge/resource.ts';
import { problemMiddleware } from './problem/error-middleware.ts';
import type { RouteDependencies } from './routes/dependencies.ts';
import { homeRoutes } from './routes/home.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { orderRoutes } from './routes/orders.ts';
import { productRoutes } from './routes/products.ts';
import { sessionRoutes } from './routes/session.ts';
import { createAuthenticate } from './session/authenticate.ts';
import { createSessionCookie } from './session/session-cookie.ts';
import type { Sessions } from './session/sessions.ts';
import type { ShopServices } from './shop/services.ts';

export interface AppDependencies {
  readonly services: ShopServices;
  readonly sessions: Sessions;
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
}

/** The BFF without a port: middleware in the order in which a request meets it, then one router a resource. */
export function createApp({ services, sessions, clock, logger, registry, settings }: AppDependencies): Express {
  const observing = createObserving(clock, logger, registry);
  const cookie = createSessionCookie({ secure: settings.secureCookies });
  const { deadlineMs, optionalDeadlineMs } = settings;
  const routes: RouteDependencies = {
    services,
    authenticate: createAuthenticate(sessions, cookie),
    scope: { clock, deadlineMs, optionalDeadlineMs, onMissing: observing.onMissing },
  };

  const app = express().disable('x-powered-by');
  app.use(observing.middleware);
  app.use(admission(settings.requestsInFlightMax));
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use(crossOrigin(settings.corsOrigins));
  app.use(homeRoutes(routes));
  app.use(productRoutes(routes));
  app.use(orderRoutes(routes));
  app.use(sessionRoutes({ ...routes, sessions, cookie, developmentLogin: settings.developmentLogin }));
  app.use(openApiRoutes());
  app.use(routeNotFound);
  app.use(problemMiddleware(logger));
  return app;
}
