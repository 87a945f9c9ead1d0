export { Convergence, type ConvergenceOptions } from './convergence/convergence.ts';
export type { HostCatalogSession, HostUpstream } from './convergence/upstream.ts';
export {
  CheckNotFoundError,
  HostFullError,
  HostStateError,
  InvalidCheckError,
  NotTtlCheckError,
  ScriptChecksOffError,
  ServiceNotFoundError,
} from './errors.ts';
export { checkDefinition, readCheckDefinition, type RawCheckDefinition } from './input/check-definition.ts';
export { LocalHost, type LocalHostOptions } from './local-host.ts';
export type { HostLogger } from './logger.ts';
export {
  MAINTENANCE_CHECK,
  type CheckDefinition,
  type DesiredInstance,
  type LocalCheck,
  type LocalService,
  type ProbedCheck,
} from './model.ts';
export {
  HOST_STATE_IN_MEMORY,
  hostStateFile,
  NOTHING,
  type HostState,
  type HostStateStore,
} from './state/host-state.ts';
