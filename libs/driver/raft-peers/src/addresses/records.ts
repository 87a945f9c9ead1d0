import type { MemberAddresses as RecordMessage } from '@portolan/contracts/raft-peer';
import { checkedInteger } from '@portolan/kernel';
import { memberId } from '@portolan/raft';
import type { MemberAddresses } from './member-addresses.ts';

/** @throws UnsafeIntegerError */
export function recordOf({ member, name, version, addresses }: RecordMessage): MemberAddresses {
  return { member: memberId(member), name, version: checkedInteger(version, 'version of addresses'), addresses };
}

export function messageOf({ member, name, version, addresses }: MemberAddresses): RecordMessage {
  return { member, name, version: BigInt(version), addresses };
}
