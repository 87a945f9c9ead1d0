export { LOG_FORMATS, LOG_LEVELS, UnknownModuleError, type LogFormat, type LogLevel } from './logs.ts';
export type { OpsAnswer, OpsRoute } from './ops-route.ts';
export { OpsBindError, startOpsServer, type OpsServer, type OpsServerOptions } from './ops-server.ts';
export type { Readiness, ReadinessCheck } from './readiness.ts';
export { createTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export {
  childOf,
  currentTrace,
  readTraceHeaders,
  runInTrace,
  startTrace,
  writeTraceHeaders,
  type TraceContext,
} from './trace.ts';
// The types that appear in the signatures above, so that users need neither package for them.
export type { DestinationStream, Logger } from 'pino';
export type { Registry } from 'prom-client';
