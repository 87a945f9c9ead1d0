import type { MemberId } from '@portolan/raft';
import type { RpcChannel, TlsIdentity } from '@portolan/rpc';
import { MemberChannel } from './member-channel.ts';

/** Connections for unary calls, one a member, opened when they are asked for. */
export class CallChannels implements AsyncDisposable {
  readonly #tls: TlsIdentity | undefined;
  readonly #channels = new Map<MemberId, MemberChannel>();

  constructor(tls: TlsIdentity | undefined) {
    this.#tls = tls;
  }

  /**
   * @param addresses of the member, the best first
   * @param streamAt where a stream to it is open
   */
  to(member: MemberId, addresses: readonly string[], streamAt: string | undefined): RpcChannel | undefined {
    if (addresses.length === 0) {
      this.forget(member);
      return undefined;
    }
    const channel = this.#channels.get(member) ?? new MemberChannel(this.#tls);
    this.#channels.set(member, channel);
    channel.moveTo(addresses, streamAt);
    return channel;
  }

  forget(member: MemberId): void {
    void this.#channels.get(member)?.[Symbol.asyncDispose]();
    this.#channels.delete(member);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of [...this.#channels.keys()]) this.forget(member);
  }
}
