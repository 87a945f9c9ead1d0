import type { KeepLeaseAliveRequest, KeepLeaseAliveResponse, KvServiceService } from '@portolan/contracts/kv';
import type { Clock, Principal } from '@portolan/kernel';
import { KeepAliveStream } from '@portolan/kv/streams';
import { RpcError, type Client } from '@portolan/rpc';
import { KvClientOverloadedError } from './errors.ts';

/** Keep-alives asked and not yet answered. Full: KvClientOverloadedError; one client holding more leases needs fewer, shared ones. */
export const WAITING_KEEP_ALIVES_MAX = 10_000;

/** All keep-alives of one principal. */
export class KeepAlives {
  readonly #stream: KeepAliveStream<KeepLeaseAliveRequest, KeepLeaseAliveResponse>;

  constructor(client: Client<typeof KvServiceService>, principal: Principal, clock: Clock, onClosed: () => void) {
    const open = (requests: AsyncIterable<KeepLeaseAliveRequest>, signal: AbortSignal) =>
      client.keepLeaseAlive(requests, { principal, signal });
    this.#stream = new KeepAliveStream({ clock, open, timedOut, onClosed });
  }

  /** Rejects with an RpcError, StoreClosedError when the server ended the stream, or KvClientOverloadedError. */
  async ask(request: KeepLeaseAliveRequest, timeoutMs: number): Promise<KeepLeaseAliveResponse> {
    if (this.#stream.waiting >= WAITING_KEEP_ALIVES_MAX) {
      throw new KvClientOverloadedError('keep-alives', WAITING_KEEP_ALIVES_MAX);
    }
    return this.#stream.ask(request, timeoutMs);
  }

  close(reason: unknown): void {
    this.#stream.close(reason);
  }
}

function timedOut(timeoutMs: number): RpcError {
  return new RpcError(`a keep-alive was not answered within ${String(timeoutMs)} ms`, {
    code: 'RPC_DEADLINE_EXCEEDED',
    kind: 'deadline',
    fix: 'see that the registry is reachable and not overloaded',
    reachedServer: true,
  });
}
