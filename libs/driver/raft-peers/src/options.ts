import type { Clock, PortolanError, Rng } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { RpcLimits, TlsIdentity } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import type { PeersLimits } from './limits.ts';

/** Whose data this process has. For as long as it runs it is the same. */
export interface PeerIdentity {
  readonly clusterId: bigint;
  readonly memberId: MemberId;
  /** Of the cluster's data: another one after a restore, and members of two do not speak to each other. 0n: not compared. */
  readonly incarnation?: bigint;
}

export interface PeersOptions {
  /** For people, and how others find this process in a list. */
  readonly name: string;
  /** Of the cluster to begin or to join, as its operator has named it: told in greetings. */
  readonly clusterName: string;
  /** `host:port`, at least one: where others reach this process. */
  readonly advertise: readonly string[];
  /** Of commands in the log: the newest that this process can apply. */
  readonly commandFormat: number;
  /** Absent for a process that is no member yet: it is greeted, and everything else is refused until `becomeMember`. */
  readonly identity?: PeerIdentity | undefined;
  /** What `onBookChanged` was last given before this start. */
  readonly book?: readonly MemberAddresses[];
  /** `host:port`, whoever is there: greeted while a member cannot be reached, for they may know where it is. */
  readonly seeds?: readonly string[];
  /** Addresses have changed, of whichever member: keep all of these for the next start. */
  readonly onBookChanged?: (book: readonly MemberAddresses[]) => void;
  readonly onEvent?: (event: PeersEvent) => void;
  /** Of the peer server too. Absent: without TLS. */
  readonly tls?: TlsIdentity | undefined;
  readonly limits?: Partial<PeersLimits>;
  /** Where `raft_peer_*` metrics are registered. */
  readonly registry?: Registry;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
}

export type PeersEvent =
  | { readonly kind: 'connected'; readonly member: MemberId; readonly address: string }
  | { readonly kind: 'disconnected'; readonly member: MemberId; readonly error: Error | undefined }
  /**
   * Who is at `address` will not have us, or we not it. Once for each address and reason until the member is reached; attempts go on.
   * @param member undefined for who has dialled us, for it may be anybody
   */
  | {
      readonly kind: 'refused';
      readonly member: MemberId | undefined;
      readonly address: string;
      readonly error: PortolanError;
    };

/** For `startFastServer` with `Peers.services`: one message carries the largest entry that the log takes. */
export const PEER_RPC_LIMITS: Pick<RpcLimits, 'messageBytes'> = { messageBytes: 17 * 1_048_576 };
