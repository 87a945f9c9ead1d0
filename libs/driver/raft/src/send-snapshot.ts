import type { Raft } from '@portolan/raft';
import type { MemberEvent } from './options.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import type { InstallSnapshot, Transport } from './transport.ts';

export interface SendingOptions {
  readonly raft: Raft;
  readonly keeper: SnapshotKeeper;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly onEvent: ((event: MemberEvent) => void) | undefined;
  /** The core has been told how it ended. */
  readonly onEnd: () => void;
}

/** Sends a snapshot with its contents, and tells the core whether it got there. */
export async function sendSnapshot(options: SendingOptions, message: InstallSnapshot): Promise<void> {
  const { raft, keeper, transport, signal, onEvent, onEnd } = options;
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
  onEnd();
}
