import { loadConfigOrExit } from '@portolan/config';
import { keepSubscribed, openEvents } from '@portolan/events';
import { createKvClient } from '@portolan/kv-client';
import { runBackend } from '@portolan/shop';
import { createApp } from './app.ts';
import { bffWebConfig } from './config.ts';
import { OrderFeed } from './orders/order-feed.ts';

const settings = loadConfigOrExit(bffWebConfig, process);

await runBackend('bff-web', settings, async ({ logger, use, registryChannel, ...context }) => {
  const { clock, rng, principal, instance } = context;
  const store = use('the store', createKvClient(registryChannel(), { clock, rng }));
  const told = { clock, logger: logger('events') };
  const events = use('events', await openEvents({ amqpUrl: settings.amqpUrl, store, principal, instance, ...told }));
  const orderFeed = new OrderFeed();
  use('the order feed', keepSubscribed(events, orderFeed.subscription(instance), told));
  return createApp({ ...context, orderFeed, logger: logger('http'), settings });
});
