import { assert, type Clock, type Rng } from '@portolan/kernel';
import type { AddressBook } from './addresses/address-book.ts';
import { NoMemberYetError } from './errors.ts';
import type { HelloSource } from './hello.ts';
import type { Introduction } from './introduction.ts';
import type { PeerIdentity, PeersOptions } from './options.ts';

/** This process, as it presents itself. */
export class Self {
  readonly name: string;
  readonly #options: Pick<PeersOptions, 'clusterName' | 'commandFormat'>;
  readonly #book: AddressBook;
  readonly #clock: Clock;
  readonly #session: bigint;
  #addresses: readonly string[];
  #identity: PeerIdentity | undefined;

  constructor(options: PeersOptions, book: AddressBook) {
    this.name = options.name;
    this.#options = options;
    this.#book = book;
    this.#clock = options.clock;
    this.#session = anySession(options.rng);
    this.#addresses = options.advertise;
  }

  get identity(): PeerIdentity | undefined {
    return this.#identity;
  }

  /** @throws NoMemberYetError */
  get member(): PeerIdentity {
    if (this.#identity === undefined) throw new NoMemberYetError(this.name);
    return this.#identity;
  }

  get introduction(): Introduction {
    const { clusterName } = this.#options;
    return { name: this.name, addresses: this.#addresses, clusterName, membership: this.#identity };
  }

  get addressVersion(): number {
    return (this.#identity && this.#book.get(this.#identity.memberId)?.version) ?? 0;
  }

  /** For a hello: its own record is the first. */
  get helloSource(): HelloSource {
    const { memberId } = this.member;
    const isOwn = (member: bigint): number => (member === memberId ? 0 : 1);
    const book = this.#book.records.toSorted((a, b) => isOwn(a.member) - isOwn(b.member));
    return { name: this.name, commandFormat: this.#options.commandFormat, session: this.#session, book };
  }

  become(identity: PeerIdentity): boolean {
    assert(this.#identity === undefined, 'a process is the same member for as long as it runs');
    this.#identity = identity;
    return this.declare();
  }

  /** @returns whether anything is news; before it is a member it has nobody to tell */
  advertise(addresses: readonly string[]): boolean {
    this.#addresses = addresses;
    return this.#identity !== undefined && this.declare();
  }

  /** Puts what it says of itself into the book, newer than what others believe. */
  declare(): boolean {
    return this.#book.declare(this.member.memberId, this.name, this.#addresses, this.#clock.epoch());
  }
}

function anySession(rng: Rng): bigint {
  return BigInt(rng.below(2 ** 32)) * 2n ** 32n + BigInt(rng.below(2 ** 32));
}
