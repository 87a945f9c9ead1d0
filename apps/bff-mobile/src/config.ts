import { bindSettings, defineConfig, opsSettings } from '@portolan/config';
import { backendSettings } from '@portolan/shop';
import { valid } from 'semver';
import { z } from 'zod';

export const bffMobileConfig = defineConfig({
  app: 'bff-mobile',
  summary: 'the backend for the mobile frontend: one small answer a screen, over services found in the registry',
  examples: ['node apps/bff-mobile/src/main.ts', 'node apps/bff-mobile/src/main.ts --app-version-min 2.0.0'],
  schema: z.object({
    ...bindSettings(4002),
    ...opsSettings(9912),
    ...backendSettings,
    appVersionMin: z
      .string()
      .refine((text) => valid(text) === text, 'not a version such as 2.0.0')
      .optional()
      .describe(
        'Apps that say an older X-App-Version are told to update (426). One that says none is let in: this is no lock.',
      ),
  }),
});
