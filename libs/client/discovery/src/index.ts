export { connectDiscovery, type ConnectDiscoveryOptions } from './connect-discovery.ts';
export type {
  CheckReport,
  Discovery,
  DiscoveryLogger,
  DiscoveryQuery,
  EndpointOptions,
  EndpointSet,
  Registration,
  RegistrationRequest,
  ServiceEndpoints,
  ServiceList,
  ServiceSummary,
  Staleness,
} from './discovery.ts';
export { discoveryCheck } from './discovery-check.ts';
export {
  DiscoveryClosedError,
  QueryRefusedError,
  RegistrationRefusedError,
  RegistryUnavailableError,
  TooManyQueriesError,
} from './errors.ts';
