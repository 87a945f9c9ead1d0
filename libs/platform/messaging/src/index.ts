export { AmqpMessaging, PUBLISH_TIMEOUT_MS, type AmqpOptions } from './amqp/amqp-messaging.ts';
export { Attempts, HANDLED_IDS_MAX, type Outcome } from './attempt.ts';
export { MessagingUnavailableError } from './errors.ts';
export { decodeEvent, encodeEvent, EVENT_BYTES_MAX, MalformedEventError, type EventRecord } from './event.ts';
export { InProcessMessaging, type InProcessOptions } from './in-process/in-process-messaging.ts';
export {
  CONCURRENCY_MAX,
  RETRY_DELAYS_MS,
  type Audience,
  type DeadLetter,
  type Delivery,
  type Messaging,
  type MessagingLogger,
  type Subscription,
} from './messaging.ts';
export { topicMatches } from './topic-pattern.ts';
