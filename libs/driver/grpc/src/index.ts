export { CardinalityError, MalformedCallError, UnknownEncodingError, UnknownMethodError } from './call-errors.ts';
export { connectFast } from './client/fast-connection.ts';
export { GRPC_SERVERS, type GrpcServerName, type GrpcServerRow } from './grpc-servers.ts';
export { startFastServer } from './server/fast-server.ts';
