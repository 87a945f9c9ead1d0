export {
  EmptyRequestError,
  NoHostSessionError,
  RegistryDrainingError,
  SessionOrderError,
  SubscriptionExistsError,
  TooManySubscriptionsError,
} from './errors.ts';
export { LeaderWatch } from './leader-watch.ts';
export { NativeLoad } from './native-load.ts';
export { catalogBinding, nativeServices } from './native-services.ts';
export { storeAdminBinding } from './store-admin-service.ts';
export { SUBSCRIPTIONS_MAX } from './watch-stream.ts';
