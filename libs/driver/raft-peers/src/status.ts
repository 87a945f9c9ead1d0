import type { EpochMillis, PortolanError } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';

/** What is known of one peer. */
export interface PeerStatus {
  readonly member: MemberId;
  /** Empty until it was heard of. */
  readonly name: string;
  /** Where it is tried, the best first. */
  readonly addresses: readonly string[];
  /** Absent while there is no stream. */
  readonly connection: PeerConnection | undefined;
  /** Why the last attempt failed, while there is no stream. */
  readonly failure: PortolanError | undefined;
  /** Newest format of commands that it can apply, as it last said; undefined until it was heard. */
  readonly commandFormat: number | undefined;
  readonly queuedBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Messages that were not sent, for want of a stream or of room. */
  readonly dropped: number;
}

export interface PeerConnection {
  readonly since: EpochMillis;
  /** Where it was dialled, or from where it was. */
  readonly address: string;
  readonly dialledBy: 'us' | 'peer';
  /** Round trip of the last ping, ms; undefined before the first. */
  readonly rttMs: number | undefined;
  /** Of this service, the newest that both speak. */
  readonly protocolVersion: number;
}
