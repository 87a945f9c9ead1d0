export { ConnectError, PoolBusyError, PoolClosedError } from './client-errors.ts';
export { createCounters, type HttpCounters } from './counters.ts';
export type { GoneReason } from './gone-reason.ts';
export { ExchangeLostError } from './http1/exchange-lost-error.ts';
export type { Http1ClientHandler } from './http1/http1-client-handler.ts';
export type { Http1ClientWire, Http1ClientWireOptions } from './http1/http1-client-wire.ts';
export type { Http1Failure, Http1Handler } from './http1/http1-handler.ts';
export { Http1Pool, SERVER_CONNECTIONS_MAX, type Http1PoolOptions, type Http1Waiter } from './http1/http1-pool.ts';
export { http1Protocol, type Http1ProtocolOptions } from './http1/http1-protocol.ts';
export type { Http1Wire, Http1WireOptions } from './http1/http1-wire.ts';
export type { Http2Handler } from './http2/http2-handler.ts';
export { Http2Pool, type Http2PoolOptions, type RoomWaiter } from './http2/http2-pool.ts';
export { http2Protocol, type Http2ProtocolOptions } from './http2/http2-protocol.ts';
export type { Http2Wire, Http2WireOptions } from './http2/http2-wire.ts';
export { DEFAULT_KEEP_ALIVE, type KeepAlive } from './http2/keep-alive.ts';
export { ListenError } from './listen-error.ts';
export type { ServedConnection, ServedProtocol } from './served-protocol.ts';
export { CONNECTIONS_MAX, startServer, type HttpServer, type HttpServerOptions } from './server.ts';
export {
  DEFAULT_CLIENT_TIME_LIMITS,
  DEFAULT_TIME_LIMITS,
  SWEEP_MS,
  type ClientTimeLimits,
  type TimeLimits,
} from './time-limits.ts';
export { WAITERS_MAX } from './waiter-queue.ts';
