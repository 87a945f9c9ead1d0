export { createCounters, type HttpCounters } from './counters.ts';
export type { GoneReason, Http2Handler } from './http2/http2-handler.ts';
export { http2Protocol, type Http2ProtocolOptions } from './http2/http2-protocol.ts';
export { type Http2Wire, type Http2WireOptions } from './http2/http2-wire.ts';
export { DEFAULT_KEEP_ALIVE, type KeepAlive } from './http2/keep-alive.ts';
export { ListenError } from './listen-error.ts';
export type { ServedConnection, ServedProtocol } from './served-protocol.ts';
export { CONNECTIONS_MAX, startServer, type HttpServer, type HttpServerOptions } from './server.ts';
export { DEFAULT_TIME_LIMITS, SWEEP_MS, type TimeLimits } from './time-limits.ts';
