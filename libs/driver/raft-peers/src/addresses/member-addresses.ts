import type { MemberId } from '@portolan/raft';

/** Where a member is reached, in its own words. A hint: a member is its id. */
export interface MemberAddresses {
  readonly member: MemberId;
  readonly name: string;
  /** Grows with each change, which only the member itself makes: of two the greater is true. */
  readonly version: number;
  /** `host:port` */
  readonly addresses: readonly string[];
}
