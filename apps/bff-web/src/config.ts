import { amqpSettings, bindSettings, defineConfig, opsSettings } from '@portolan/config';
import { backendSettings } from '@portolan/shop';
import { z } from 'zod';

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
    ...backendSettings,
    ...amqpSettings,
    corsOrigins: z
      .array(
        z
          .url({ protocol: /^https?$/, message: 'not an origin such as https://shop.example' })
          .regex(/[^/]$/, 'ends with /'),
      )
      .default([])
      .describe('Origins whose pages may call this BFF with their user’s cookie, by comma.'),
    secureCookies: z
      .boolean()
      .default(false)
      .describe('Browsers reach this BFF by HTTPS: the session cookie is Secure and named __Host-.'),
  }),
});
