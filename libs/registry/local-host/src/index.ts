export { Convergence, type ConvergenceOptions } from './convergence/convergence.ts';
export type { HostCatalogSession, HostUpstream } from './convergence/upstream.ts';
export {
  CheckNotFoundError,
  HostStateError,
  InvalidCheckError,
  NotTtlCheckError,
  ScriptChecksOffError,
  ServiceNotFoundError,
} from './errors.ts';
export { checkDefinition, type RawCheckDefinition } from './input/check-definition.ts';
export { LocalHost, MAINTENANCE_CHECK, type LocalHostOptions } from './local-host.ts';
export type { HostLogger } from './logger.ts';
export type { CheckDefinition, DesiredInstance, LocalCheck, LocalService, ProbedCheck } from './model.ts';
export {
  HOST_STATE_IN_MEMORY,
  hostStateFile,
  NOTHING,
  type HostState,
  type HostStateStore,
} from './state/host-state.ts';
