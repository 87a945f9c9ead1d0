import { startRpcServer } from '@portolan/rpc';
import { describeGrpcClient } from '@portolan/rpc/testing';
import { connectFast } from './client/fast-connection.ts';
import { startFastServer } from './server/fast-server.ts';

describeGrpcClient('to a server on grpc-js', connectFast, startRpcServer);
describeGrpcClient('to a server on our own HTTP/2', connectFast, startFastServer);
