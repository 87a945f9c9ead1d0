import type { MemberId } from '@portolan/raft';
import type { RaftMember } from '@portolan/raft-driver';
import type { VirtualHost } from '@portolan/virtual-world';

/** A `VirtualCluster`, whatever its members keep. */
export interface Members {
  /** Of all that ever were. */
  readonly ids: readonly MemberId[];
  readonly running: { readonly size: number; readonly has: (id: MemberId) => boolean };
  /** Who leads in the latest term, if it is known to. */
  readonly leader:
    | {
        readonly member: Pick<RaftMember<unknown>, 'status' | 'change' | 'transferLeadership'>;
        readonly life: { readonly host: string };
      }
    | undefined;
  readonly host: (id: MemberId) => VirtualHost;
  /** A host for one more, whose process starts now. */
  readonly add: (id: MemberId) => void;
  readonly kill: (id: MemberId) => void;
  readonly restart: (id: MemberId) => void;
}
