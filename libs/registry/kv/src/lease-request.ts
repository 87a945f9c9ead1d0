import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, LeaseId } from './ids.ts';

export interface GrantLeaseRequest extends PrincipalRequest {
  /** Raised to `LEASE_TTL_SECONDS_MIN`. */
  readonly ttlSeconds: number;
  /** Default: the store chooses. */
  readonly id?: LeaseId;
  /** Whose keys it is for: while that keyspace has no space, none is granted. Who asks must be allowed to write there. Default: user. */
  readonly keyspace?: Keyspace;
}

export interface LeaseRequest extends PrincipalRequest {
  readonly id: LeaseId;
}

export interface Lease extends Header {
  readonly id: LeaseId;
  /** Granted; may be more than was asked for. */
  readonly ttlSeconds: number;
}

export interface TimeToLive extends Header {
  /** `undefined`: there is no such lease. */
  readonly lease:
    { readonly id: LeaseId; readonly grantedSeconds: number; readonly remainingSeconds: number } | undefined;
}

export interface LeaseList extends Header {
  readonly ids: readonly LeaseId[];
}
