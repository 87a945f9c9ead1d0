import { DEFAULT_STRATEGY, STRATEGY_NAMES } from '@portolan/balancing';
import {
  bindSettings,
  dataSettings,
  defineConfig,
  drainSettings,
  logSettings,
  opsSettings,
  registrySettings,
  secret,
  tlsSettings,
} from '@portolan/config';
import { z } from 'zod';
import { REQUESTS_IN_FLIGHT_MAX } from './edge/admission.ts';
import { SESSION_SECRET_BYTES_MIN } from './session/sessions.ts';

export const bffWebConfig = defineConfig({
  app: 'bff-web',
  summary: 'the backend for the web frontend: one call a page, over services found in the registry',
  examples: [
    'node apps/bff-web/src/main.ts',
    'node apps/bff-web/src/main.ts --registry 10.0.0.1:8502,10.0.0.2:8502 --cors-origins https://shop.example',
  ],
  schema: z.object({
    ...bindSettings(4001),
    ...opsSettings(9911),
    ...registrySettings,
    ...dataSettings,
    ...tlsSettings,
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
    corsOrigins: z
      .array(
        z
          .url({ protocol: /^https?$/, message: 'not an origin such as https://shop.example' })
          .regex(/[^/]$/, 'ends with /'),
      )
      .default([])
      .describe('Origins whose pages may call this BFF with their user’s cookie, by comma.'),
    developmentLogin: z
      .boolean()
      .default(true)
      .describe('POST /login believes every name. Refused at start beyond loopback unless a session secret is set.'),
    sessionSecret: secret(
      'Signs sessions; the same for all instances, at least 32 characters. Default: one that is kept in the data folder.',
    )
      .min(SESSION_SECRET_BYTES_MIN)
      .optional(),
    sessionMinutes: z
      .int()
      .min(1)
      .max(43_200)
      .default(480)
      .describe('A session ends after this. A token cannot be called back, so longer means longer in wrong hands.'),
    secureCookies: z
      .boolean()
      .default(false)
      .describe('Browsers reach this BFF by HTTPS: the session cookie is Secure and named __Host-.'),
    ...drainSettings,
    ...logSettings,
  }),
});
