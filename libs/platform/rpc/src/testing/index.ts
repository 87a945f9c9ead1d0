export { describeGrpcServer } from './describe-grpc-server.ts';
export type { Difference, GrpcServerDifferences } from './differences.ts';
export type { ServeGrpc } from './harness.ts';
