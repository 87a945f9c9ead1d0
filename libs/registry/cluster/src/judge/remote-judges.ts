import type { Clock } from '@portolan/kernel';
import type { LeaseJudge } from '@portolan/kv';
import { memberId, type MemberId } from '@portolan/raft';
import type { RpcChannel } from '@portolan/rpc';
import { RemoteJudge } from './remote-judge.ts';

/** Of whoever leads: the stream to the one before is closed. */
export class RemoteJudges implements Disposable {
  readonly #channelTo: (id: MemberId) => RpcChannel | undefined;
  readonly #clock: Clock;
  #current: { readonly leader: bigint; readonly channel: RpcChannel; readonly judge: RemoteJudge } | undefined;

  constructor(channelTo: (id: MemberId) => RpcChannel | undefined, clock: Clock) {
    this.#channelTo = channelTo;
    this.#clock = clock;
  }

  /** @returns undefined when no way to the leader is known */
  of(leader: bigint): LeaseJudge | undefined {
    const channel = this.#channelTo(memberId(leader));
    if (channel === undefined) return undefined;
    if (this.#current?.leader !== leader || this.#current.channel !== channel) {
      this.#current?.judge[Symbol.dispose]();
      this.#current = { leader, channel, judge: new RemoteJudge(leader, channel, this.#clock) };
    }
    return this.#current.judge;
  }

  [Symbol.dispose](): void {
    this.#current?.judge[Symbol.dispose]();
    this.#current = undefined;
  }
}
