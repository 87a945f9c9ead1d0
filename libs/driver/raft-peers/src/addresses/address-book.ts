import type { MemberId } from '@portolan/raft';
import type { MemberAddresses } from './member-addresses.ts';

/** Records in the book. Full: those of members that were not heard of before are not taken in. A cluster has a dozen members at most. */
export const RECORDS_MAX = 256;
/** Addresses of one member, and characters of an address or a name: what is longer is cut off, or not taken in. */
export const ADDRESSES_MAX = 16;
export const TEXT_CHARS_MAX = 256;

/** Of a record. Above what a clock says for 140,000 years, and far enough below 2^53 that a member can always outdo it. */
export const VERSION_MAX = 2 ** 52;

/** Where members are reached, in their own words: of two records of one member the later is kept, whoever brings it. */
export class AddressBook {
  readonly #records = new Map<MemberId, MemberAddresses>();

  constructor(records: readonly MemberAddresses[]) {
    for (const record of records) this.take(record);
  }

  get(member: MemberId): MemberAddresses | undefined {
    return this.#records.get(member);
  }

  /** By member id. */
  get records(): readonly MemberAddresses[] {
    return [...this.#records.values()].sort((a, b) => (a.member < b.member ? -1 : 1));
  }

  /** @returns whether it was news */
  take(record: MemberAddresses): boolean {
    const known = this.#records.get(record.member);
    if (known !== undefined && known.version >= record.version) return false;
    if (record.version > VERSION_MAX) return false;
    if (known === undefined && this.#records.size >= RECORDS_MAX) return false;
    const addresses = record.addresses.filter(({ length }) => length <= TEXT_CHARS_MAX).slice(0, ADDRESSES_MAX);
    this.#records.set(record.member, { ...record, name: record.name.slice(0, TEXT_CHARS_MAX), addresses });
    return true;
  }

  /**
   * What this member says of itself, newer than what anybody has heard of it before.
   * @param epochMs makes it newer also than what this process has forgotten
   * @returns whether it differs from what was known
   */
  declare(member: MemberId, name: string, addresses: readonly string[], epochMs: number): boolean {
    const known = this.#records.get(member);
    if (known?.name === name && isSame(known.addresses, addresses)) return false;
    const version = Math.max(Math.floor(epochMs), (known?.version ?? 0) + 1);
    return this.take({ member, name, addresses, version });
  }

  remove(member: MemberId): boolean {
    return this.#records.delete(member);
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((address, position) => address === b[position]);
}
