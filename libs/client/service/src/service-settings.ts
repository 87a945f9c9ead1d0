import {
  bindSettings,
  dataSettings,
  drainSettings,
  logSettings,
  opsSettings,
  registrySettings,
  tlsSettings,
} from '@portolan/config';
import type { z } from 'zod';

/** What every service can be told, to be spread into its own schema. It takes a free port: others find it by its name. */
export const serviceSettings = {
  ...bindSettings(0),
  ...opsSettings(0),
  ...registrySettings,
  ...dataSettings,
  ...tlsSettings,
  ...drainSettings,
  ...logSettings,
};

export type ServiceSettings = z.output<z.ZodObject<typeof serviceSettings>>;
