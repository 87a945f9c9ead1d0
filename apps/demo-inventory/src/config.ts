import { defineConfig } from '@portolan/config';
import { serviceSettings } from '@portolan/service';
import { z } from 'zod';

export const demoInventoryConfig = defineConfig({
  app: 'demo-inventory',
  summary: 'stock and reservations of the demo shop, kept in the registry: any instance answers for all',
  examples: [
    'node apps/demo-inventory/src/main.ts',
    'node apps/demo-inventory/src/main.ts --registry 10.0.0.1:8502,10.0.0.2:8502',
  ],
  schema: z.object({ ...serviceSettings }),
});
