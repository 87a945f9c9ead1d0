import type { Channel } from 'amqplib';
import { CONCURRENCY_MAX, RETRY_DELAYS_MS, type Subscription } from '../messaging.ts';

/** Every event goes here, its topic as the routing key. */
export const EXCHANGE = 'portolan.events';
/** How often an event has been tried; absent at first. */
export const ATTEMPT_HEADER = 'portolan-attempt';
/** What the last attempt failed with. */
export const REASON_HEADER = 'portolan-reason';

/** What an instance has not fetched for so long it does not want: the process has ended. */
const INSTANCE_EXPIRES_MS = 10 * 60_000;
/** For an instance that is slow, or away for a moment. Full: the oldest gives way. */
const INSTANCE_LENGTH_MAX = 10_000;

/** Written to a majority of the brokers before it is confirmed. */
const QUORUM = { 'x-queue-type': 'quorum' };

interface GroupQueues {
  readonly main: string;
  readonly dead: string;
  readonly retry: (delayMs: number) => string;
}

/** The queues of one group. */
export const queuesOf = (group: string): GroupQueues => ({
  main: `portolan.${group}`,
  dead: `portolan.${group}.dead`,
  /** One for each delay: in a queue only the first message's time is looked at. */
  retry: (delayMs: number) => `portolan.${group}.retry.${delayMs}`,
});

export async function declareExchange(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
}

/** @returns the queue that the subscription reads */
export async function declareQueues(channel: Channel, subscription: Subscription): Promise<string> {
  const { audience, topics, concurrencyMax = CONCURRENCY_MAX } = subscription;
  await declareExchange(channel);
  const queue =
    audience.kind === 'group'
      ? await declareGroup(channel, audience.name, subscription.retryDelaysMs ?? RETRY_DELAYS_MS)
      : await declareInstance(channel, `portolan.${audience.name}.${audience.instance}`);
  for (const topic of topics) await channel.bindQueue(queue, EXCHANGE, topic);
  await channel.prefetch(concurrencyMax);
  return queue;
}

async function declareGroup(channel: Channel, group: string, delaysMs: readonly number[]): Promise<string> {
  const { main, dead, retry } = queuesOf(group);
  await channel.assertQueue(main, { durable: true, arguments: QUORUM });
  await channel.assertQueue(dead, { durable: true, arguments: QUORUM });
  for (const delayMs of new Set(delaysMs)) {
    const back = {
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': main,
      // The broker keeps it here until it lies there.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    };
    await channel.assertQueue(retry(delayMs), { durable: true, arguments: { ...QUORUM, ...back } });
  }
  return main;
}

async function declareInstance(channel: Channel, queue: string): Promise<string> {
  const bounds = { 'x-expires': INSTANCE_EXPIRES_MS, 'x-max-length': INSTANCE_LENGTH_MAX };
  await channel.assertQueue(queue, { durable: true, arguments: bounds });
  return queue;
}
