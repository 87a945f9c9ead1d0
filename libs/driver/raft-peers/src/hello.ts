import type { Hello, ProtocolVersions } from '@portolan/contracts/raft-peer';
import { assert } from '@portolan/kernel';
import { memberId } from '@portolan/raft';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import { messageOf } from './addresses/records.ts';
import {
  SelfDialError,
  UnsupportedVersionError,
  WrongClusterError,
  WrongIncarnationError,
  WrongMemberError,
  type Side,
} from './errors.ts';
import type { PeerIdentity } from './options.ts';

/** Of `PeerService`. A version is added when what is sent changes in a way that an older member would misread. */
export const VERSIONS: ProtocolVersions = { min: 1, max: 1 };

/** What this process says in every hello. */
export interface HelloSource {
  readonly name: string;
  readonly commandFormat: number;
  readonly session: bigint;
  readonly book: readonly MemberAddresses[];
}

export function helloTo(
  to: bigint,
  { clusterId, memberId: from, incarnation }: PeerIdentity,
  source: HelloSource,
): Hello {
  const { name, commandFormat, session, book } = source;
  return {
    versions: VERSIONS,
    clusterId,
    from,
    to,
    incarnation: incarnation ?? 0n,
    name,
    commandFormat,
    session,
    book: book.map(messageOf),
  };
}

/**
 * Whether the other side is whom we may speak to.
 * @param expected whom we have dialled
 * @returns the newest version that both speak
 * @throws UnsupportedVersionError, WrongClusterError, WrongIncarnationError, SelfDialError, WrongMemberError
 */
export function checkHello(hello: Hello, identity: PeerIdentity, expected: bigint | undefined): number {
  const version = commonVersion(hello.versions);
  const here: Side = identity;
  const there: Side = { clusterId: hello.clusterId, memberId: hello.from };
  if (hello.clusterId !== identity.clusterId) throw new WrongClusterError(here, there);
  if (hello.from === identity.memberId) throw new SelfDialError(here);
  const incarnation = identity.incarnation ?? 0n;
  if (incarnation !== 0n && hello.incarnation !== 0n && incarnation !== hello.incarnation) {
    throw new WrongIncarnationError(here, there, { here: incarnation, there: hello.incarnation });
  }
  if (hello.to !== identity.memberId) {
    throw new WrongMemberError(here, { clusterId: hello.clusterId, memberId: hello.to });
  }
  if (expected !== undefined && hello.from !== expected) {
    throw new WrongMemberError(there, { clusterId: hello.clusterId, memberId: memberId(expected) });
  }
  return version;
}

/** @throws UnsupportedVersionError */
export function commonVersion(there: ProtocolVersions | undefined): number {
  const { min, max } = there ?? { min: 0, max: 0 };
  const version = Math.min(max, VERSIONS.max);
  if (version < Math.max(min, VERSIONS.min)) throw new UnsupportedVersionError(VERSIONS, { min, max });
  assert(version >= VERSIONS.min, 'what both speak is spoken here');
  return version;
}
