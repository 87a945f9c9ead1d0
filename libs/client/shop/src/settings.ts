import { DEFAULT_STRATEGY, STRATEGY_NAMES } from '@portolan/balancing';
import {
  type bindSettings,
  dataSettings,
  drainSettings,
  logSettings,
  type opsSettings,
  redisSettings,
  registrySettings,
  secret,
  tlsSettings,
} from '@portolan/config';
import { REQUESTS_IN_FLIGHT_MAX } from '@portolan/http-api';
import { z } from 'zod';
import { SESSION_SECRET_BYTES_MIN } from './session/sessions.ts';

/** What every backend of a shop frontend can be told, besides where it listens: to be spread into its own schema. */
export const backendSettings = {
  ...registrySettings,
  ...dataSettings,
  ...tlsSettings,
  ...redisSettings,
  deadlineMs: z
    .int()
    .min(200)
    .max(60_000)
    .default(2_000)
    .describe(
      'A page is answered within this, in ms, or not at all. Longer: more whole answers, more of them in flight.',
    ),
  optionalDeadlineMs: z
    .int()
    .min(50)
    .max(60_000)
    .default(1_000)
    .describe(
      'A part that the page can do without is named missing after this, in ms, or 100 ms before --deadline-ms. Shorter: faster pages while a service hangs, more of them partial.',
    ),
  cacheTtlMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(1_000)
    .describe(
      'A whole catalogue answer is given again for so long, in ms; 0 turns this off. Longer: fewer calls to the services, older stock and prices.',
    )
    .meta({ shared: true }),
  clientRequestsPerMinuteMax: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(60_000)
    .describe('Requests that one client address may make in a minute; more get 429. 0: no limit.')
    .meta({ shared: true }),
  strategy: z
    .enum(STRATEGY_NAMES)
    .default(DEFAULT_STRATEGY)
    .describe('How calls are spread over the instances of a service.'),
  requestsInFlightMax: z
    .int()
    .min(1)
    .max(100_000)
    .default(REQUESTS_IN_FLIGHT_MAX)
    .describe(
      'Requests answered at once; more get 503. Each holds up to four calls and tens of kilobytes, so that the default fits into tens of megabytes.',
    ),
  developmentLogin: z
    .boolean()
    .default(true)
    .describe('POST /login believes every name. Refused at start beyond loopback unless a session secret is set.')
    .meta({ shared: true }),
  sessionSecret: secret(
    'Signs sessions; the same for all instances of all backends, at least 32 characters. Default: one that is kept in the data folder.',
  )
    .min(SESSION_SECRET_BYTES_MIN)
    .optional()
    .meta({ shared: true, secret: true }),
  sessionMinutes: z
    .int()
    .min(1)
    .max(43_200)
    .default(480)
    .describe('A session ends after this. A token cannot be called back, so longer means longer in wrong hands.'),
  ...drainSettings,
  ...logSettings,
};

/** All of a backend's settings, whichever its ports are. */
export type BackendSettings = z.output<
  z.ZodObject<typeof backendSettings & ReturnType<typeof bindSettings> & ReturnType<typeof opsSettings>>
>;
