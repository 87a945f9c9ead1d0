import { LeaseService, type LeaseKeepAliveRequest, type LeaseKeepAliveResponse } from '@portolan/contracts/etcd/lease';
import type { Clock } from '@portolan/kernel';
import { KeepAliveStream } from '@portolan/kv/streams';
import { createClient, RpcError } from '@portolan/rpc';
import type { Route } from './channel/etcd-channel.ts';

/** Bounded by callers: each waits for its answer, not longer than its time. */
export type KeepAlives = KeepAliveStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;

/** All keep-alives on one stream of one connection. */
export function openKeepAlives({ connection, headers }: Route, clock: Clock): KeepAlives {
  const client = createClient(LeaseService, connection);
  return new KeepAliveStream({
    clock,
    open: (requests, signal) => client.leaseKeepAlive(requests, { headers, signal }),
    timedOut,
  });
}

function timedOut(timeoutMs: number): RpcError {
  return new RpcError(`a keep-alive was not answered within ${String(timeoutMs)} ms`, {
    code: 'RPC_DEADLINE_EXCEEDED',
    kind: 'deadline',
    fix: 'see that etcd is reachable and has a leader',
    reachedServer: true,
  });
}
