import { defineConfig } from '@portolan/config';
import { serviceSettings } from '@portolan/service';
import { z } from 'zod';

export const demoProductsConfig = defineConfig({
  app: 'demo-products',
  summary: 'the product catalogue of the demo shop: three hundred products, by id and by search',
  examples: [
    'node apps/demo-products/src/main.ts',
    'node apps/demo-products/src/main.ts --registry 10.0.0.1:8502,10.0.0.2:8502',
  ],
  schema: z.object({ ...serviceSettings }),
});
