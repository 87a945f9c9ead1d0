export type { CallContext, CallOptions } from './call.ts';
export type { RpcChannel } from './channel.ts';
export type { CertificateNames } from './certificate-names.ts';
export { createClient, type Client, type ClientMethod } from './client.ts';
export { connect, type Connection, type ConnectOptions } from './connection.ts';
export { errorDetailOf } from './error-trailer.ts';
export { forward } from './forward.ts';
export type { Keepalive } from './grpc-options.ts';
export { UnknownServiceError } from './health.ts';
export type { Identify } from './identify.ts';
export { LimitExceededError, type RpcLimits } from './limits.ts';
export type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from './method.ts';
export { cancellationOf, RpcError, type RpcErrorDetails } from './rpc-error.ts';
export { MalformedRequestError, OverloadedError, type CallInterceptor } from './serve-call.ts';
export { RpcBindError, startRpcServer, type RpcServer, type RpcServerOptions } from './server.ts';
export {
  implement,
  type BoundMethod,
  type BoundService,
  type BytesCall,
  type BytesHandler,
  type Handler,
  type Implementation,
} from './service.ts';
export { grpcStatusOf, httpStatusOf, kindOfGrpcStatus } from './status.ts';
export { readTls, TlsFilesError, type TlsFiles, type TlsIdentity } from './tls.ts';
