import { AmqpMessaging, type Messaging } from '@portolan/messaging';
import { RegistryMessaging, type RegistryMessagingOptions } from './registry-messaging.ts';

export interface EventsOptions extends RegistryMessagingOptions {
  /** Absent: events go through the registry. */
  readonly amqpUrl?: string | undefined;
}

/** Events over RabbitMQ when there is one, over the registry otherwise; opens at once, whether they are there or not. */
export async function openEvents({ amqpUrl, ...options }: EventsOptions): Promise<Messaging> {
  if (amqpUrl === undefined) return new RegistryMessaging(options);
  return AmqpMessaging.open({ url: amqpUrl, clock: options.clock, logger: options.logger, name: options.instance });
}
