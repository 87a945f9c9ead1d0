import type { Hello } from '@portolan/contracts/raft-peer';
import { connectFast } from '@portolan/grpc';
import { PortolanError } from '@portolan/kernel';
import { memberId, type MemberId, type Message } from '@portolan/raft';
import type { CallContext } from '@portolan/rpc';
import type { AddressBook } from '../addresses/address-book.ts';
import type { MemberAddresses } from '../addresses/member-addresses.ts';
import { NoMemberYetError, TooManyPeersError } from '../errors.ts';
import { checkHello, helloTo } from '../hello.ts';
import type { PeersLimits } from '../limits.ts';
import { PEER_RPC_LIMITS, type PeersOptions } from '../options.ts';
import type { Receiver } from '../peers.ts';
import type { Refusals } from '../refusals.ts';
import type { Self } from '../self.ts';
import { PEER_SERVICE } from '../service.ts';
import type { Ends } from '../wire/decode-message.ts';
import type { EncodedMessage } from '../wire/encode-message.ts';
import type { StreamedMessage } from '../wire/kinds.ts';
import { Dialler } from './dialler.ts';
import { Link, type LinkOwner } from './link.ts';
import { MessageSender } from './message-sender.ts';
import { Peer } from './peer.ts';

/** Processes that speak to this one and are no members that it knows. Full: another one is refused. */
const STRANGERS_MAX = 64;

export interface StreamsOptions extends Pick<
  PeersOptions,
  'tls' | 'clock' | 'rng' | 'onEvent' | 'onBookChanged' | 'logger'
> {
  readonly self: Self;
  readonly book: AddressBook;
  readonly limits: PeersLimits;
  readonly refusals: Refusals;
}

/** The streams with all peers: who dials whom, what goes to whom, and what is heard of where they are. */
export class Streams implements LinkOwner {
  readonly #options: StreamsOptions;
  readonly #peers = new Map<MemberId, Peer>();
  readonly #diallers = new Map<MemberId, Dialler>();
  readonly #forgotten = new Set<MemberId>();
  /** From the first byte to the last, so that disposing ends each. */
  readonly #links = new Map<Link, Promise<unknown>>();
  readonly #sender: MessageSender;
  #receiver: Receiver | undefined;
  #isClosed = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#sender = new MessageSender(this.#peers, (member) => this.#receiver?.reportUnreachable(member));
  }

  get peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  peer(member: MemberId): Peer | undefined {
    return this.#peers.get(member);
  }

  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  get receiver(): Receiver | undefined {
    return this.#receiver;
  }

  learn(member: MemberId, hints: readonly string[]): void {
    if (member === this.#options.self.member.memberId) return;
    this.#forgotten.delete(member);
    const peer = this.#peers.get(member) ?? this.#addPeer(member);
    peer.isLearned = true;
    peer.hints = hints;
    const dialler = this.#diallers.get(member);
    if (dialler === undefined) this.#diallers.set(member, this.#dialler(peer));
    else dialler.restart();
  }

  forget(member: MemberId): void {
    this.#forgotten.add(member);
    this.#diallers.get(member)?.[Symbol.dispose]();
    this.#diallers.delete(member);
    const peer = this.#peers.get(member);
    if (peer !== undefined) {
      peer.isLearned = false;
      peer.hints = [];
      for (const link of peer.links) link.close(undefined);
      if (peer.links.length === 0) this.#peers.delete(member);
    }
    if (this.#options.book.remove(member)) this.#saveBook();
  }

  /** Where `member` may be, the best first: where it was, as long as nobody says that it has moved; its own words; others'. */
  addressesOf({ member, hints, reachedAt }: Peer): readonly string[] {
    const known = [...(this.#options.book.get(member)?.addresses ?? []), ...hints];
    const first = reachedAt !== undefined && known.includes(reachedAt) ? [reachedAt] : [];
    return [...new Set([...first, ...known])];
  }

  send(messages: readonly Message[]): void {
    this.#sender.send(messages);
  }

  /** Whoever has dialled: the answering side of one stream. */
  accept(requests: AsyncIterable<Buffer>, call: CallContext): AsyncIterable<Buffer> {
    const { self, limits, clock } = this.#options;
    if (self.identity === undefined) throw new NoMemberYetError(self.name);
    const link = new Link({
      ...{ owner: this, dialledBy: 'peer', address: call.peer, expected: undefined, hello: undefined },
      ...{ limits, clock },
    });
    const drain = (): void => {
      link.close(undefined);
    };
    call.draining.addEventListener('abort', drain, { once: true });
    void this.#run(link, requests).finally(() => {
      call.draining.removeEventListener('abort', drain);
    });
    return link.outgoing;
  }

  /** News of where members are: kept, told to all but who told it, and tried. @param teller absent for who has only greeted this process */
  take(records: readonly MemberAddresses[], teller: Link | undefined): void {
    const { book, self, clock } = this.#options;
    const news: MemberAddresses[] = [];
    for (const record of records) {
      const of = teller?.peer?.from === record.member ? 'member' : 'others';
      if (this.#forgotten.has(record.member) || !book.take(record, of, clock.epoch())) continue;
      if (record.member === self.identity?.memberId) {
        // Others remember what this process has forgotten, or another one of its name: its own word is newer.
        if (self.declare()) this.announce();
        continue;
      }
      news.push(record);
      this.#diallers.get(record.member)?.restart();
    }
    if (news.length === 0) return;
    this.#tell(news, teller);
    this.#saveBook();
  }

  /** This process has changed what it says of itself. */
  announce(): void {
    const { book, self } = this.#options;
    const own = book.get(self.member.memberId);
    if (own !== undefined) this.#tell([own], undefined);
    this.#saveBook();
  }

  greeted(link: Link, hello: Hello): { readonly answer: Hello; readonly ends: Ends } {
    const { self } = this.#options;
    const identity = self.member;
    link.protocolVersion = checkHello(hello, identity, link.expected);
    const from = memberId(hello.from);
    if (!this.#peers.has(from)) {
      const strangers = [...this.#peers.values()].filter(({ isLearned }) => !isLearned);
      if (strangers.length >= STRANGERS_MAX) throw new TooManyPeersError(STRANGERS_MAX);
      this.#addPeer(from);
    }
    return { answer: helloTo(from, identity, self.helloSource), ends: { from, to: identity.memberId } };
  }

  opened(link: Link): void {
    const peer = this.#peerOf(link);
    if (peer === undefined) return;
    const { onEvent, refusals, logger, book, clock } = this.#options;
    // What has changed since our hello was made.
    const news = link.untold(book.records, clock.epoch());
    if (news.length > 0) link.tell(news);
    const wasConnected = peer.current !== undefined;
    for (const replaced of peer.add(link)) replaced.close(undefined);
    peer.counters.connects += 1;
    peer.failure = undefined;
    peer.commandFormat = link.peer?.commandFormat;
    if (link.dialledBy === 'us') peer.reachedAt = link.address;
    refusals.forget(peer.member);
    if (wasConnected) return;
    logger.info({ member: peer.member.toString(), address: link.address, dialledBy: link.dialledBy }, 'peer connected');
    onEvent?.({ kind: 'connected', member: peer.member, address: link.address });
  }

  takeMessages(link: Link): readonly EncodedMessage[] {
    const peer = this.#peerOf(link);
    return peer?.current === link ? peer.outbox.take() : NO_MESSAGES;
  }

  received(link: Link, messages: readonly StreamedMessage[], bytes: number): void {
    const peer = this.#peerOf(link);
    if (peer === undefined) return;
    peer.counters.received(messages.length, bytes);
    // The other side uses the stream that is kept: this one is not needed.
    if (peer.current === link) peer.surplus?.finish();
    for (const message of messages) this.#receiver?.receive(message);
  }

  heard(link: Link, records: readonly MemberAddresses[]): void {
    this.take(records, link);
  }

  sent(link: Link, messages: number, bytes: number): void {
    this.#peerOf(link)?.counters.sent(messages, bytes);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const dialler of this.#diallers.values()) dialler[Symbol.dispose]();
    const running = [...this.#links];
    for (const [link] of running) link.close(undefined);
    await Promise.all(running.map(([, run]) => run));
  }

  #peerOf({ peer }: Link): Peer | undefined {
    return peer && this.#peers.get(memberId(peer.from));
  }

  #addPeer(member: MemberId): Peer {
    const { self, limits } = this.#options;
    const peer = new Peer(member, self.member.memberId < member, limits);
    this.#peers.set(member, peer);
    return peer;
  }

  #dialler(peer: Peer): Dialler {
    const { limits, clock, rng } = this.#options;
    const addresses = (): readonly string[] => this.addressesOf(peer);
    const target = {
      isConnected: () => peer.current !== undefined,
      get addresses(): readonly string[] {
        return addresses();
      },
      dialsFirst: peer.dialsFirst,
      dial: (address: string) => this.#dial(peer, address),
    };
    return new Dialler({ target, limits, clock, rng });
  }

  async #dial(peer: Peer, address: string): Promise<number> {
    const { self, tls, limits, clock } = this.#options;
    await using connection = connectFast(address, { tls, limits: PEER_RPC_LIMITS });
    const hello = helloTo(peer.member, self.member, self.helloSource);
    const link = new Link({
      ...{ owner: this, dialledBy: 'us', address, expected: peer.member, hello },
      ...{ limits, clock },
    });
    const begun = clock.now();
    await this.#run(link, connection.stream(PEER_SERVICE.connect, link.outgoing, { signal: link.signal }));
    return link.since === undefined ? 0 : clock.now() - begun;
  }

  async #run(link: Link, incoming: AsyncIterable<Buffer>): Promise<void> {
    const run = link.run(incoming);
    this.#links.set(link, run);
    if (this.#isClosed) link.close(undefined);
    const error = await run;
    this.#links.delete(link);
    this.#ended(link, error);
  }

  #ended(link: Link, error: Error | undefined): void {
    const { onEvent, refusals, logger } = this.#options;
    const member = link.expected;
    // Who was refused may bear the id of a member of ours.
    const peer = link.since === undefined ? member && this.#peers.get(member) : this.#peerOf(link);
    if (error !== undefined && !this.#isClosed) refusals.note(member, link.address, error);
    if (peer === undefined) return;
    if (error instanceof PortolanError && peer.current === undefined) peer.failure = error;
    if (peer.remove(link) && peer.current === undefined) {
      peer.counters.droppedUnconnected += peer.outbox.clear();
      this.#receiver?.reportUnreachable(peer.member);
      logger.info({ member: peer.member.toString(), address: link.address, err: error }, 'peer disconnected');
      onEvent?.({ kind: 'disconnected', member: peer.member, error });
      this.#diallers.get(peer.member)?.resume();
    }
    if (!peer.isLearned && peer.links.length === 0) this.#peers.delete(peer.member);
  }

  #tell(records: readonly MemberAddresses[], but: Link | undefined): void {
    for (const peer of this.#peers.values()) {
      const link = peer.current;
      if (link !== undefined && (but === undefined || this.#peerOf(but) !== peer)) link.tell(records);
    }
  }

  #saveBook(): void {
    this.#options.onBookChanged?.(this.#options.book.records);
  }
}

const NO_MESSAGES: readonly EncodedMessage[] = [];
