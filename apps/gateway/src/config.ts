import { DEFAULT_STRATEGY, STRATEGIES, STRATEGY_NAMES } from '@portolan/balancing';
import {
  bindSettings,
  dataSettings,
  defineConfig,
  drainSettings,
  logSettings,
  opsSettings,
  registrySettings,
  tlsSettings,
  type ConfigOf,
} from '@portolan/config';
import { z } from 'zod';
import { routesSetting } from './control/route-settings.ts';
import { isAddressRange } from './data/trusted-proxies.ts';

const strategies = Object.entries(STRATEGIES).map(([name, { summary }]) => `${name}: ${summary}`);

export const gatewayConfig = defineConfig({
  app: 'gateway',
  summary: 'Carries HTTP requests to the services of the catalog, by host and path.',
  examples: ['gateway --port 8080 --registry 127.0.0.1:8502', 'gateway --config gateway.yaml'],
  schema: z.object({
    ...bindSettings(8080),
    routes: routesSetting,
    domain: z
      .string()
      .regex(/^[a-z0-9.-]+$/i, 'not a domain name')
      .default('localhost')
      .describe('A service whose metadata has gateway=expose is reached at <service>.<domain>.'),
    strategy: z
      .enum(STRATEGY_NAMES)
      .default(DEFAULT_STRATEGY)
      .describe(`How an instance is chosen. ${strategies.join('; ')}.`),
    connectTimeoutMs: z
      .int()
      .min(10)
      .max(60_000)
      .default(1_000)
      .describe('How long a connection to an instance may take; then another instance is tried.'),
    responseTimeoutMs: z
      .int()
      .min(10)
      .max(3_600_000)
      .default(15_000)
      .describe(
        'How long an instance may take from the request to the first byte of its answer; then the client gets 504.',
      ),
    idleTimeoutMs: z
      .int()
      .min(1_000)
      .max(86_400_000)
      .default(300_000)
      .describe('How long an answer, a client or a WebSocket may be silent before its connection is closed.'),
    bodyBytesMax: z
      .int()
      .min(0)
      .max(2 ** 40)
      .default(10_485_760)
      .describe(
        'Largest body of a request, in bytes. It is streamed, so raising it costs time of an instance, not memory.',
      ),
    trustedProxies: z
      .array(z.string().refine(isAddressRange, 'not an address or a network such as 10.0.0.0/8'))
      .default([])
      .describe(
        'Addresses and networks of proxies in front, by comma. What they say of a client in (X-)Forwarded is kept.',
      ),
    drainAcceptMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe(
        'How long connections are still accepted after a signal to end, while /readyz says 503. ' +
          'Behind a load balancer: as long as it takes to notice, such as 5000.',
      ),
    ...opsSettings(9901),
    ...registrySettings,
    ...dataSettings,
    ...tlsSettings,
    ...drainSettings,
    ...logSettings,
  }),
});

export type GatewayConfig = ConfigOf<typeof gatewayConfig>;
