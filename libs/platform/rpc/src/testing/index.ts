export { describeGrpcClient } from './describe-grpc-client.ts';
export { describeGrpcServer } from './describe-grpc-server.ts';
export type { Difference, GrpcServerDifferences } from './differences.ts';
export type { DialGrpc, ServeGrpc } from './harness.ts';
