import { DEFAULT_STRATEGY, STRATEGY_NAMES } from '@portolan/balancing';
import { amqpSettings, defineConfig } from '@portolan/config';
import { serviceSettings } from '@portolan/service';
import { z } from 'zod';

export const demoOrdersConfig = defineConfig({
  app: 'demo-orders',
  summary: 'orders of the demo shop, kept in the registry and placed exactly once',
  examples: ['node apps/demo-orders/src/main.ts', 'node apps/demo-orders/src/main.ts --registry 10.0.0.1:8502'],
  schema: z.object({
    ...serviceSettings,
    ...amqpSettings,
    keyRetentionSeconds: z
      .int()
      .min(60)
      .max(31_536_000)
      .default(86_400)
      .describe(
        'How long an idempotency key is remembered after its order, at least. Longer: later repetitions are recognised, more memory in the registry.',
      ),
    fulfilmentStepMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(1_500)
      .describe(
        'From placed to packed, and from packed to shipped, in ms: a warehouse that is fast enough to be watched.',
      ),
    strategy: z
      .enum(STRATEGY_NAMES)
      .default(DEFAULT_STRATEGY)
      .describe('How calls are spread over the instances of products and inventory.'),
  }),
});
