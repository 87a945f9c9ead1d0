import { defineConfig } from '@portolan/config';
import { serviceSettings } from '@portolan/service';
import { z } from 'zod';

export const demoReviewsConfig = defineConfig({
  app: 'demo-reviews',
  summary: 'what customers of the demo shop say of its products, and how they rate them',
  examples: [
    'node apps/demo-reviews/src/main.ts',
    'node apps/demo-reviews/src/main.ts --registry 10.0.0.1:8502,10.0.0.2:8502',
  ],
  schema: z.object({ ...serviceSettings }),
});
