import { memberId } from '@portolan/raft';
import {
  ADDRESSES_MAX,
  AddressBook,
  AHEAD_MAX_MS,
  RECORDS_MAX,
  TEXT_CHARS_MAX,
  VERSION_MAX,
  type Teller,
} from './address-book.ts';
import type { MemberAddresses } from './member-addresses.ts';

const A = memberId(1n);
const NOW = 1_000;
const recordOf = (version: number, ...addresses: readonly string[]): MemberAddresses => ({
  ...{ member: A, name: 'a', version, addresses },
});

describe('an address book', () => {
  it.each<[string, known: number, version: number, Teller, isNews: boolean]>([
    ['a later record', 5, 6, 'others', true],
    ['the same', 5, 5, 'member', false],
    ['an earlier one, which came late', 5, 4, 'member', false],
    ['one of a clock that is ahead', 5, NOW + AHEAD_MAX_MS, 'others', true],
    ['one that no clock says', 5, NOW + AHEAD_MAX_MS + 1, 'others', false],
    ['one that nobody could outdo', 5, VERSION_MAX, 'others', false],
    ["the member's own word, whatever its clock says", 5, VERSION_MAX, 'member', true],
    ['what cannot be sent', 5, VERSION_MAX + 1, 'member', false],
    ["the member's own word after one that cannot be true", VERSION_MAX, NOW, 'member', true],
    ["others' word after one that cannot be true", VERSION_MAX, 6, 'others', true],
    ['one that cannot be true either', VERSION_MAX, VERSION_MAX - 1, 'member', false],
  ])('%s', (_, known, version, teller, isNews) => {
    const book = new AddressBook([recordOf(known, 'old:1')]);
    expect(book.take(recordOf(version, 'new:1'), teller, NOW)).toBe(isNews);
    expect(book.get(A)?.addresses).toEqual([isNews ? 'new:1' : 'old:1']);
  });

  it.each([
    ['nothing is known', [], 1_000],
    ['the same is known', [recordOf(7, 'here:1')], 7],
    ['it has moved', [recordOf(7, 'there:1')], 1_000],
    ['others know a later one than its clock says', [recordOf(2_000, 'there:1')], 2_001],
    ['others know one that cannot be true', [recordOf(VERSION_MAX, 'there:1')], 1_000],
    ['the same is known, under a version that cannot be true', [recordOf(VERSION_MAX, 'here:1')], 1_000],
  ])('what a member says of itself is the newest: %s', (_, records, version) => {
    const book = new AddressBook(records);
    expect(book.declare(A, 'a', ['here:1'], 1_000)).toBe(version !== 7);
    expect(book.get(A)).toEqual(recordOf(version, 'here:1'));
  });

  it('is bounded', () => {
    const book = new AddressBook([]);
    for (let id = 1; id <= RECORDS_MAX + 1; id += 1) {
      book.take({ ...recordOf(1), member: memberId(BigInt(id)) }, 'others', NOW);
    }
    expect(book.records).toHaveLength(RECORDS_MAX);
    const long = 'x'.repeat(TEXT_CHARS_MAX + 1);
    const many = Array.from({ length: ADDRESSES_MAX + 1 }, (_, port) => `a:${port}`);
    book.take({ ...recordOf(2, long, ...many), name: long }, 'others', NOW);
    expect(book.get(A)?.addresses).toEqual(many.slice(0, ADDRESSES_MAX));
    expect(book.get(A)?.name).toHaveLength(TEXT_CHARS_MAX);
  });
});
