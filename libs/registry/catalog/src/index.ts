export { CATALOG_KEYS, changeOf, type CatalogChange } from './catalog-change.ts';
export type { CatalogLogger } from './catalog-logger.ts';
export {
  NODE_CHECK,
  SESSION_CHECK,
  type Catalog,
  type CatalogSession,
  type HostClaim,
  type HostSession,
  type InstanceName,
  type OpenHostSessionRequest,
  type OpenSessionRequest,
  type ResolveRequest,
} from './catalog.ts';
export { createCatalog, type CatalogOptions } from './create-catalog.ts';
export {
  CatalogClosedError,
  HostTakenError,
  InstanceContendedError,
  InstanceEvictedError,
  InstanceNotFoundError,
  InstanceTakenError,
  InvalidRegistrationError,
  SessionEndedError,
  SessionFullError,
  TooManyChecksError,
  UnreadableRecordError,
} from './errors.ts';
export { checkQuery, type RawQuery } from './input/check-query.ts';
export {
  checkHostClaim,
  checkNode,
  checkNodeName,
  checkRegistration,
  type RawHostClaim,
  type RawNode,
  type RawPort,
  type RawRegistration,
} from './input/check-registration.ts';
export {
  checkInstanceName,
  checkReport,
  checkReports,
  type RawCheck,
  type RawInstanceName,
} from './input/check-report.ts';
export type { Problem } from './input/problem.ts';
export {
  ADDRESS_CHARACTERS_MAX,
  BROKEN_GRACE_MS,
  CATALOG_WATCHERS_MAX,
  CHECKS_MAX,
  HOST_GRACE_MS,
  HOST_INSTANCES_MAX,
  ID_CHARACTERS_MAX,
  METADATA_ENTRIES_MAX,
  METADATA_VALUE_BYTES_MAX,
  NAME_CHARACTERS_MAX,
  OUTPUT_BYTES_MAX,
  PORTS_MAX,
  SESSION_INSTANCES_MAX,
  SESSION_TTL_SECONDS_MAX,
  SESSION_TTL_SECONDS_MIN,
  TAGS_MAX,
  WEIGHT_DEFAULT,
  WEIGHT_MAX,
} from './limits.ts';
export type {
  Check,
  CheckId,
  Eviction,
  Health,
  HostView,
  Instance,
  InstanceId,
  Node,
  NodeList,
  NodeName,
  Owner,
  Port,
  Query,
  Reason,
  Registration,
  Resolution,
  ServiceList,
  ServiceName,
  ServiceSummary,
  Verdict,
} from './model.ts';
