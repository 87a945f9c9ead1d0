import type { PeerIdentity } from './options.ts';

/** What a process says of itself in a greeting. */
export interface Introduction {
  readonly name: string;
  /** `host:port` */
  readonly addresses: readonly string[];
  readonly clusterName: string;
  /** Absent: it has no data yet. */
  readonly membership: PeerIdentity | undefined;
}
