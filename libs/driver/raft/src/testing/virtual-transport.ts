import type { Clock } from '@portolan/kernel';
import type { Endpoint, HostLife, VirtualNetwork } from '@portolan/virtual-world';
import type { RaftMember } from '../raft-member.ts';
import type { InstallSnapshot, Transport } from '../transport.ts';
import type { Envelope } from './envelope.ts';

/** A snapshot that is not confirmed for so long counts as not sent. */
const SNAPSHOT_TIMEOUT_MS = 5_000;

/** Members over a virtual network. What comes before the member runs is lost. */
export class VirtualTransport implements Transport {
  readonly #endpoint: Endpoint<Envelope>;
  readonly #clock: Clock;
  readonly #nameOf: (id: bigint) => string;
  readonly #sending = new Map<number, (error: string | undefined) => void>();
  #sent = 0;
  #member: Pick<RaftMember<unknown>, 'receive' | 'receiveSnapshot'> | undefined = undefined;

  constructor(network: VirtualNetwork<Envelope>, life: HostLife, nameOf: (id: bigint) => string) {
    this.#clock = life.clock;
    this.#nameOf = nameOf;
    this.#endpoint = network.join(life, (from, envelope) => {
      this.#receive(from, envelope);
    });
  }

  deliverTo(member: Pick<RaftMember<unknown>, 'receive' | 'receiveSnapshot'>): void {
    this.#member = member;
  }

  send(messages: Parameters<Transport['send']>[0]): void {
    for (const message of messages) this.#endpoint.send(this.#nameOf(message.to), { kind: 'raft', message });
  }

  async sendSnapshot(message: InstallSnapshot, contents: AsyncIterable<Uint8Array>): Promise<void> {
    const slices = await Array.fromAsync(contents);
    this.#sent += 1;
    const id = this.#sent;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(SNAPSHOT_TIMEOUT_MS, () => {
        this.#sending.delete(id);
        reject(new Error(`the snapshot was not confirmed for ${SNAPSHOT_TIMEOUT_MS} ms`));
      });
      this.#sending.set(id, (error) => {
        timer.cancel();
        this.#sending.delete(id);
        if (error === undefined) resolve();
        else reject(new Error(error));
      });
      this.#endpoint.send(this.#nameOf(message.to), { kind: 'snapshot', id, message, slices });
    });
  }

  #receive(from: string, envelope: Envelope): void {
    switch (envelope.kind) {
      case 'raft':
        this.#member?.receive(envelope.message);
        break;
      case 'snapshot':
        void this.#receiveSnapshot(from, envelope);
        break;
      case 'snapshot-received':
        this.#sending.get(envelope.id)?.(envelope.error);
        break;
      default:
        envelope satisfies never;
    }
  }

  async #receiveSnapshot(
    from: string,
    { id, message, slices }: Extract<Envelope, { kind: 'snapshot' }>,
  ): Promise<void> {
    let error: string | undefined;
    try {
      await this.#member?.receiveSnapshot(message, stream(slices));
    } catch (refused) {
      error = String(refused);
    }
    this.#endpoint.send(from, { kind: 'snapshot-received', id, error });
  }
}

async function* stream(slices: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* slices;
}
