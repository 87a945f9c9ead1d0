import { startRpcServer, type RpcServer, type RpcServerOptions } from '@portolan/rpc';
import { startFastServer } from './server/fast-server.ts';

export interface GrpcServerRow {
  /** @throws RpcBindError */
  readonly serve: (options: RpcServerOptions) => Promise<RpcServer>;
  readonly summary: string;
}

/** The servers that a process can be, by what its settings call them. Each passes `describeGrpcServer`. */
export const GRPC_SERVERS = {
  fast: { serve: startFastServer, summary: 'on our own HTTP/2: several times as many calls on one core' },
  'grpc-js': { serve: startRpcServer, summary: 'on grpc-js and node:http2' },
} as const satisfies Record<string, GrpcServerRow>;

export type GrpcServerName = keyof typeof GRPC_SERVERS;
