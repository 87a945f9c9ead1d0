import {
  bindSettings,
  dataSettings,
  defineConfig,
  drainSettings,
  grpcSettings,
  logSettings,
  opsSettings,
  registrySettings,
  tlsSettings,
} from '@portolan/config';
import { z } from 'zod';

export const agentConfig = defineConfig({
  app: 'agent',
  summary: 'speaks for one host: registers its services, checks them, answers them',
  examples: [
    'node apps/agent/src/main.ts --registry 10.0.0.1:8502 --bind 10.0.0.7',
    'curl -X PUT localhost:7500/v1/agent/service/register -d \'{"Name":"web","Port":8080,"Check":{"HTTP":"http://localhost:8080/","Interval":"5s"}}\'',
  ],
  schema: z.object({
    ...bindSettings(7502),
    httpPort: z
      .int()
      .min(0)
      .max(65_535)
      .default(7500)
      .describe("Port of the HTTP API in Consul's shape; 0 takes a free one."),
    agentCheckPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe("Port that answers HAProxy's agent-check. Default: none."),
    ...opsSettings(9903),
    registry: registrySettings.registry,
    node: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/, 'not 1 to 128 letters, digits, . _ : @ or -')
      .optional()
      .describe('Name of this host, unique among all. Default: its host name.'),
    instance: registrySettings.instance.describe(
      'Id of this agent, the same after a restart. Default: the one in the data folder, or a new one that is kept there.',
    ),
    deregisterAfterSeconds: z
      .int()
      .min(0)
      .max(30 * 24 * 3_600)
      .default(3_600)
      .describe(
        'When this host is dead, its instances are critical for so long, in seconds, and are then removed; 0: never.',
      ),
    scriptChecks: z
      .boolean()
      .default(false)
      .describe('Lets checks run programs as the user of this agent: whoever may register may then run any.'),
    adaptiveWeight: z
      .boolean()
      .default(false)
      .describe('Publishes less weight for the services of this host while its processors are busy.'),
    ...dataSettings,
    ...tlsSettings,
    ...grpcSettings,
    ...drainSettings,
    ...logSettings,
  }),
});
