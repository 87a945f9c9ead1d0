export {
  CardinalityError,
  MalformedCallError,
  StreamStalledError,
  UnknownEncodingError,
  UnknownMethodError,
} from './call-errors.ts';
export { connectFast } from './client/fast-connection.ts';
export { GRPC_SERVERS, type GrpcServerName, type GrpcServerRow } from './grpc-servers.ts';
export { startFastServer, type FastServerOptions } from './server/fast-server.ts';
