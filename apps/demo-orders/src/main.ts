import { loadConfigOrExit } from '@portolan/config';
import { OrdersServiceService } from '@portolan/contracts/orders';
import { keepSubscribed, openEvents } from '@portolan/events';
import { createKvClient } from '@portolan/kv-client';
import { implement } from '@portolan/rpc';
import { runService } from '@portolan/service';
import { demoOrdersConfig } from './config.ts';
import { Fulfilment } from './fulfilment.ts';
import { grpcPartners } from './grpc-partners.ts';
import { OrderBook } from './order-book.ts';
import { OrderHistory } from './order-history.ts';
import { createOrdersService } from './orders-service.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { Recovery } from './recovery.ts';

const config = loadConfigOrExit(demoOrdersConfig, process);
const { strategy, keyRetentionSeconds: retentionSeconds, fulfilmentStepMs: stepMs, amqpUrl } = config;

await runService('demo-orders', config, async ({ instance, clock, rng, discovery, logger, use }) => {
  const principal = { kind: 'service', name: 'demo-orders' } as const;
  const store = use('the store', createKvClient(discovery.registryChannel(), { clock, rng }));
  const partners = grpcPartners({
    products: discovery.channel('demo-products', { strategy }),
    inventory: discovery.channel('demo-inventory', { strategy }),
  });
  const book = new OrderBook({ store, principal, partners, clock, rng, retentionSeconds });
  use('orders that were left', new Recovery({ book, store, principal, clock, rng, logger: logger('recovery') }));
  const eventsLogger = logger('events');
  const events = use('events', await openEvents({ amqpUrl, store, principal, clock, logger: eventsLogger, instance }));
  use('the outbox', new OutboxRelay({ store, principal, clock, logger: eventsLogger, events, instance }));
  const fulfilment = new Fulfilment({ store, principal, clock, stepMs });
  use('the warehouse', keepSubscribed(events, fulfilment.subscription, { clock, logger: eventsLogger }));
  return [implement(OrdersServiceService, createOrdersService(book, new OrderHistory(store, principal)))];
});
