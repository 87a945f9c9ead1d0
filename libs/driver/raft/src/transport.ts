import type { Message } from '@portolan/raft';

export type InstallSnapshot = Extract<Message, { readonly kind: 'install-snapshot' }>;

/** How members reach each other. Messages may be lost, late, twice and in any order; that is Raft's to bear. */
export interface Transport {
  /** Sends or drops; neither throws nor waits. Sees no `install-snapshot`. */
  send(messages: readonly Message[]): void;
  /**
   * Brings a snapshot with its contents to the member that it is for, where `receiveSnapshot` takes it.
   * Rejects when that is not known to have happened.
   */
  sendSnapshot(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}
