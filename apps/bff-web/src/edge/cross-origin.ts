import cors from 'cors';
import type { RequestHandler } from 'express';
import { CSRF_HEADER } from './csrf.ts';

/** How long a browser may remember a preflight; a removed origin keeps its permission for this long. */
const PREFLIGHT_MAX_AGE_S = 600;

/**
 * Lets pages of these origins, and no others, call this BFF with their user's cookie.
 * @param origins each as browsers send it: `https://shop.example`
 */
export const crossOrigin = (origins: readonly string[]): RequestHandler =>
  cors({
    // A function, so that `Vary: Origin` is said also when nobody is allowed.
    origin: (origin, decide) => {
      decide(null, origin !== undefined && origins.includes(origin));
    },
    credentials: true,
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', CSRF_HEADER, 'traceparent', 'tracestate'],
    exposedHeaders: ['Location', 'Portolan-Served-By', 'Retry-After'],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
