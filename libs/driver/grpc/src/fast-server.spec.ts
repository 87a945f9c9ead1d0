import { describeGrpcServer } from '@portolan/rpc/testing';
import { startFastServer } from './server/fast-server.ts';

describeGrpcServer('on our own HTTP/2', startFastServer);
