import type { Message, Raft } from '@portolan/raft';
import type { MemberEvent } from './options.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import type { InstallSnapshot, Transport } from './transport.ts';

export interface SendingOptions {
  readonly raft: Raft;
  readonly keeper: SnapshotKeeper;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly onEvent: ((event: MemberEvent) => void) | undefined;
  /** The core has been told what became of a snapshot. */
  readonly onSnapshot: () => void;
}

/** Messages leave at once, snapshots with their contents; of these the core is told whether they got there. */
export class Sending {
  readonly #options: SendingOptions;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  send(messages: readonly Message[]): void {
    const plain: Message[] = [];
    for (const message of messages) {
      if (message.kind === 'install-snapshot') void this.#sendSnapshot(message);
      else plain.push(message);
    }
    if (plain.length > 0) this.#options.transport.send(plain);
  }

  async #sendSnapshot(message: InstallSnapshot): Promise<void> {
    const { raft, keeper, transport, signal, onEvent, onSnapshot } = this.#options;
    const { to, snapshot } = message;
    try {
      const slices = await keeper.open(snapshot.index);
      await transport.sendSnapshot(message, slices, signal);
      raft.reportSnapshot(to, 'sent');
    } catch (error) {
      if (signal.aborted) return;
      raft.reportSnapshot(to, 'failed');
      onEvent?.({ kind: 'snapshot-not-sent', to, error });
    }
    onSnapshot();
  }
}
