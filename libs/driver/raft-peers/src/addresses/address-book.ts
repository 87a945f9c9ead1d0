import type { MemberId } from '@portolan/raft';
import type { MemberAddresses } from './member-addresses.ts';

/** Records in the book. Full: those of members that were not heard of before are not taken in. A cluster has a dozen members at most. */
export const RECORDS_MAX = 256;
/** Addresses of one member, and characters of an address or a name: what is longer is cut off, or not taken in. */
export const ADDRESSES_MAX = 16;
export const TEXT_CHARS_MAX = 256;

/** Of a record. Above what a clock says for 140,000 years, and below 2^53. */
export const VERSION_MAX = 2 ** 52;
/**
 * How far the version of a record, which is a time, may be ahead of this process's clock, ms. Clocks of members differ by seconds. A
 * version that is further ahead would stand for as long, whatever its member says: others' word is not taken for it, and the member's own
 * ends it.
 */
export const AHEAD_MAX_MS = 86_400_000;

/** Of whom a record was heard: its member itself, or somebody who has heard of it. */
export type Teller = 'member' | 'others';

/** Where members are reached, in their own words: of two records of one member the later is kept, unless it cannot be true. */
export class AddressBook {
  readonly #records = new Map<MemberId, MemberAddresses>();

  /** @param records as they were kept: whatever can be true takes the place of one that cannot */
  constructor(records: readonly MemberAddresses[]) {
    for (const record of records.slice(0, RECORDS_MAX)) this.#set(record);
  }

  get(member: MemberId): MemberAddresses | undefined {
    return this.#records.get(member);
  }

  /** By member id. */
  get records(): readonly MemberAddresses[] {
    return [...this.#records.values()].sort((a, b) => (a.member < b.member ? -1 : 1));
  }

  /** @param epochMs by this process's clock. @returns whether it was news */
  take(record: MemberAddresses, teller: Teller, epochMs: number): boolean {
    const { member, version } = record;
    const known = this.#records.get(member);
    if (version > VERSION_MAX || (teller === 'others' && !canBeTrue(version, epochMs))) return false;
    if (known !== undefined && known.version >= version) {
      if (canBeTrue(known.version, epochMs) || !canBeTrue(version, epochMs)) return false;
    }
    if (known === undefined && this.#records.size >= RECORDS_MAX) return false;
    this.#set(record);
    return true;
  }

  /**
   * What this member says of itself, newer than what anybody has heard of it before.
   * @param epochMs makes it newer also than what this process has forgotten
   * @returns whether it differs from what was known
   */
  declare(member: MemberId, name: string, addresses: readonly string[], epochMs: number): boolean {
    const known = this.#records.get(member);
    const outdone = known !== undefined && canBeTrue(known.version, epochMs) ? known.version : undefined;
    if (outdone !== undefined && known?.name === name && isSame(known.addresses, addresses)) return false;
    return this.take(
      { member, name, addresses, version: Math.max(Math.floor(epochMs), (outdone ?? 0) + 1) },
      'member',
      epochMs,
    );
  }

  remove(member: MemberId): boolean {
    return this.#records.delete(member);
  }

  #set(record: MemberAddresses): void {
    const addresses = record.addresses.filter(({ length }) => length <= TEXT_CHARS_MAX).slice(0, ADDRESSES_MAX);
    this.#records.set(record.member, { ...record, name: record.name.slice(0, TEXT_CHARS_MAX), addresses });
  }
}

/** Whether some clock may have said it. */
export function canBeTrue(version: number, epochMs: number): boolean {
  return version <= epochMs + AHEAD_MAX_MS;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((address, position) => address === b[position]);
}
