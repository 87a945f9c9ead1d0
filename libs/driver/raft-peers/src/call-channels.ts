import { connectFast } from '@portolan/grpc';
import type { MemberId } from '@portolan/raft';
import type { Connection, RpcChannel, TlsIdentity } from '@portolan/rpc';

/** Connections for unary calls, one a member, opened when they are asked for. */
export class CallChannels implements AsyncDisposable {
  readonly #tls: TlsIdentity | undefined;
  readonly #connections = new Map<MemberId, Connection>();

  constructor(tls: TlsIdentity | undefined) {
    this.#tls = tls;
  }

  /** @param addresses of the member, the best first: a connection to one of them is kept */
  to(member: MemberId, addresses: readonly string[]): RpcChannel | undefined {
    const [best] = addresses;
    const open = this.#connections.get(member);
    if (open !== undefined && open.address === best) return open;
    if (open !== undefined) void open[Symbol.asyncDispose]();
    this.#connections.delete(member);
    if (best === undefined) return undefined;
    const connection = connectFast(best, { tls: this.#tls });
    this.#connections.set(member, connection);
    return connection;
  }

  forget(member: MemberId): void {
    this.to(member, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of [...this.#connections.keys()]) this.forget(member);
  }
}
