export { keepSubscribed } from './keep-subscribed.ts';
export { UnreadableEventRecordError } from './layout.ts';
export { openEvents, type EventsOptions } from './open-events.ts';
export { RegistryMessaging, type RegistryMessagingOptions } from './registry-messaging.ts';
export { RETENTION_SECONDS } from './retention.ts';
