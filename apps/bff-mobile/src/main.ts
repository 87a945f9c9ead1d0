import { loadConfigOrExit } from '@portolan/config';
import { runBackend } from '@portolan/shop';
import { createApp } from './app.ts';
import { bffMobileConfig } from './config.ts';

const settings = loadConfigOrExit(bffMobileConfig, process);

await runBackend('bff-mobile', settings, ({ logger, ...context }) =>
  createApp({ ...context, logger: logger('http'), settings }),
);
