import { assert } from '@portolan/kernel';
import type { MemberId, Message } from '@portolan/raft';
import type { RaftMember } from '../raft-member.ts';
import type { InstallSnapshot, Transport } from '../transport.ts';

type Receiver = Pick<RaftMember<unknown>, 'receive' | 'receiveSnapshot'>;

/** Members of one process reach each other: at once, but never within the call that sends. */
export class Loopback {
  readonly #members = new Map<MemberId, Receiver>();

  connect(id: MemberId, member: Receiver): void {
    this.#members.set(id, member);
  }

  readonly transport: Transport = {
    send: (messages) => {
      setImmediate(() => {
        this.#deliver(messages);
      });
    },
    sendSnapshot: (message, slices) => this.#deliverSnapshot(message, slices),
  };

  #deliver(messages: readonly Message[]): void {
    for (const message of messages) this.#members.get(message.to)?.receive(message);
  }

  async #deliverSnapshot(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>): Promise<void> {
    const member = this.#members.get(message.to);
    assert(member !== undefined, 'snapshots are sent to members that have answered');
    await member.receiveSnapshot(message, slices);
  }
}
