export { describeGrpcServer } from './describe-grpc-server.ts';
export type { ServeGrpc } from './harness.ts';
