import { defineConfig, drainSettings, logSettings, type ConfigOf } from '@portolan/config';
import { z } from 'zod';
import { HIGHEST_PORT } from './plan.ts';

export const stackConfig = defineConfig({
  app: 'stack',
  summary:
    'the whole system on this machine: three registries, agent, registrar, demo services, web BFF and gateway, started and supervised',
  examples: ['npm start', 'npm start -- --port-offset 100 --log-level warn'],
  schema: z.object({
    portOffset: z
      .int()
      .min(0)
      .max(65_535 - HIGHEST_PORT)
      .default(0)
      .describe('Added to every fixed port, so that a second system, or another program, can have the usual ones.'),
    dataDir: z
      .string()
      .min(1)
      .default('.portolan')
      .describe('Each process keeps what it has on disk in its own folder below this one.'),
    instances: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe('Instances of each demo service. Each takes some 80 MB; with 2, one can be killed and is not missed.'),
    ...drainSettings,
    ...logSettings,
  }),
});

export type StackConfig = ConfigOf<typeof stackConfig>;
