export { VirtualClock } from './clock/virtual-clock.ts';
export { AT_ONCE, drawDelay, type Delay } from './delay.ts';
export { HEALTHY, SSD_TIMES, type DiskFaults, type DiskTimes } from './disk/disk-faults.ts';
export { SECTOR_BYTES } from './disk/file-image.ts';
export { SystemError, type SystemErrorCode } from './disk/system-error.ts';
export { VirtualDisk, type VirtualDiskOptions } from './disk/virtual-disk.ts';
export type { Gate, Source } from './gate.ts';
export {
  History,
  HISTORY_OPERATIONS_MAX,
  type Moment,
  type Outcome,
  type RecordedOperation,
  type RunningOperation,
} from './history/history.ts';
export type { HostLife } from './host/host-life.ts';
export { VirtualHost, type HostState, type VirtualHostOptions } from './host/virtual-host.ts';
export { checkLinearizable, LINEARIZATION_STEPS_MAX, type Verdict } from './linearizability/check-linearizable.ts';
export type { Answer, Model } from './linearizability/model.ts';
export { kvModel, type KvModelInput } from './linearizability/models/kv-model.ts';
export type {
  KvCompare,
  KvInput,
  KvKeys,
  KvKeyValue,
  KvOperation,
  KvOutput,
  KvResult,
  KvTxn,
} from './linearizability/models/kv-operations.ts';
export type { KvKeyState, KvState, RevisionBounds } from './linearizability/models/kv-state.ts';
export { withExpiries, type Renewed } from './linearizability/models/lease-expiries.ts';
export {
  leaseModel,
  type LeaseInput,
  type LeaseOutput,
  type LeaseState,
} from './linearizability/models/lease-model.ts';
export {
  registerModel,
  type RegisterInput,
  type RegisterOutput,
  type RegisterState,
} from './linearizability/models/register-model.ts';
export { EventLog, EVENTS_MAX, seconds, type LoggedEvent } from './log/event-log.ts';
export { blackHole, cutLinks, partition, type Cut, type DirectedLink } from './network/cut.ts';
export { LAN, type LinkConditions } from './network/link-conditions.ts';
export { VirtualNetwork, type Endpoint, type Member, type VirtualNetworkOptions } from './network/virtual-network.ts';
export {
  CLOCK_DRIFT_MAX,
  FAULT_KINDS,
  FAULT_LIMITS,
  FAULTS,
  type FaultKind,
  type FaultLimits,
  type FaultRow,
  type Range,
  type Strike,
} from './nemesis/faults.ts';
export { worldTarget, type NemesisTarget, type WorldTargetOptions } from './nemesis/nemesis-target.ts';
export {
  describePlan,
  FAULT_TIMING,
  planFaults,
  PLANNED_FAULTS_MAX,
  runFaults,
  type FaultPlan,
  type FaultPlanOptions,
  type FaultTiming,
  type PlannedFault,
} from './nemesis/plan-faults.ts';
export { VirtualWorld, type VirtualWorldOptions } from './virtual-world.ts';
export {
  checkWatches,
  WATCH_VIOLATIONS_MAX,
  type WatchGuarantee,
  type WatchViolation,
} from './watches/check-watches.ts';
export type {
  TrueRevision,
  WatchedBatch,
  WatchedEvent,
  WatchedKeyValue,
  WatchedStream,
} from './watches/watched-stream.ts';
