import { loadConfigOrExit } from '@portolan/config';
import { keepSubscribed } from '@portolan/events';
import { runBackend } from '@portolan/shop';
import { createApp } from './app.ts';
import { bffWebConfig } from './config.ts';
import { OrderFeed } from './orders/order-feed.ts';

const settings = loadConfigOrExit(bffWebConfig, process);

await runBackend('bff-web', settings, ({ events, instance, logger, use, ...context }) => {
  const orderFeed = new OrderFeed();
  const subscription = orderFeed.subscription(instance);
  use('the order feed', keepSubscribed(events, subscription, { clock: context.clock, logger: logger('events') }));
  return createApp({ ...context, orderFeed, logger: logger('http'), settings });
});
