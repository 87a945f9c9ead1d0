import type { RequestHandler } from 'express';
import { OverloadedError } from './problem/http-error.ts';

/**
 * Requests answered at once by one process. Each may hold four calls and a page of some ten kilobytes, so that these fit into
 * tens of megabytes; more in flight would wait for the services, not for us. Full: 503, at once.
 */
export const REQUESTS_IN_FLIGHT_MAX = 1_000;

export function admission(inFlightMax: number): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= inFlightMax) {
      throw new OverloadedError(`${inFlight} requests are being answered already`, {
        fix: 'try again after the seconds in Retry-After; more instances answer more',
      });
    }
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    next();
  };
}
