import { startRpcServer } from './server.ts';
import { describeGrpcServer } from './testing/index.ts';

describeGrpcServer('the server on grpc-js', startRpcServer);
