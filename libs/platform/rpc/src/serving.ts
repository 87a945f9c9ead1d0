/** For servers and clients of other making: what makes them answer as those on grpc-js do. */
export { INSTANCE_HEADER, outgoingFields, PRINCIPAL_HEADER } from './call-metadata.ts';
export { namesInPem } from './certificate-names.ts';
export { ERROR_TRAILER, errorOfFailure, type CallFailure } from './error-trailer.ts';
export { DEFAULT_KEEPALIVE } from './grpc-options.ts';
export { createHealth } from './health.ts';
export { certificateOf, principalBy } from './identify.ts';
export { checkMessage, checkMetadataBytes, DEFAULT_LIMITS } from './limits.ts';
export { release } from './messages.ts';
export { callMetrics, type CallMetrics, type MethodMetrics } from './metrics.ts';
export { closedError, deadlineOf, decodeResponse, encodeRequest, notConnectedError, notSent } from './outgoing-call.ts';
export { checkInFlight, decodeRequest, drainedError, failureOf, iterate } from './serve-call.ts';
export { grpcStatusName } from './status.ts';
export { serverCheck } from './tls.ts';
export { untilAborted } from './until-aborted.ts';
