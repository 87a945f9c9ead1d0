export { Http1Client, type Http1ClientOptions, type Http1ClientPhase } from './client.ts';
export {
  Http1ClosedError,
  Http1FieldError,
  Http1MessageError,
  Http1TimeoutError,
  type Http1ConnectionError,
} from './connection-error.ts';
export type { Http1ClientEvents, Http1ServerEvents } from './events.ts';
export { FieldNames } from './field-names.ts';
export { Head, type TargetForm } from './head.ts';
export type { Latin1 } from './latin1.ts';
export { DEFAULT_CLIENT_LIMITS, DEFAULT_LIMITS, type Http1Limits } from './limits.ts';
export { Output } from './output.ts';
export { reasonPhrase } from './reason-phrase.ts';
export { REFUSALS, type Refusal, type RefusalReason } from './refusal.ts';
export type { ForwardOptions } from './request-head.ts';
export { Http1Server, type Http1ServerOptions, type Http1ServerPhase } from './server.ts';
