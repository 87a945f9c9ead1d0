import type { MemberId, Message } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { implement, type BoundService, type RpcChannel } from '@portolan/rpc';
import { AddressBook } from './addresses/address-book.ts';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import { Seeker } from './addresses/seeker.ts';
import { CallChannels } from './call-channels.ts';
import { Greeting } from './greeting.ts';
import { helloTo } from './hello.ts';
import type { Introduction } from './introduction.ts';
import { DEFAULT_PEERS_LIMITS } from './limits.ts';
import { registerMetrics } from './metrics.ts';
import type { PeerIdentity, PeersOptions } from './options.ts';
import type { Peers, Receiver } from './peers.ts';
import { Refusals } from './refusals.ts';
import { Self } from './self.ts';
import { PEER_SERVICE } from './service.ts';
import { ReceiveSnapshots } from './snapshots/receive-snapshots.ts';
import { SendSnapshots } from './snapshots/send-snapshots.ts';
import type { PeerStatus } from './status.ts';
import type { Peer } from './streams/peer.ts';
import { Streams } from './streams/streams.ts';

/** Opens nothing by itself: streams begin with `learn`. */
export function openPeers(options: PeersOptions): Peers {
  return new NetworkPeers(options);
}

class NetworkPeers implements Peers {
  readonly services: readonly BoundService[];
  readonly #self: Self;
  readonly #book: AddressBook;
  readonly #streams: Streams;
  readonly #greeting: Greeting;
  readonly #sending: SendSnapshots;
  readonly #receiving: ReceiveSnapshots;
  readonly #channels: CallChannels;
  readonly #seeker: Seeker;

  constructor(options: PeersOptions) {
    const { clock, rng, tls, logger, seeds, identity, registry } = options;
    const limits = { ...DEFAULT_PEERS_LIMITS, ...options.limits };
    this.#book = new AddressBook(options.book ?? []);
    this.#self = new Self(options, this.#book);
    const self = this.#self;
    this.#streams = new Streams({ ...options, self, book: this.#book, limits, refusals: new Refusals(options) });
    this.#greeting = new Greeting({
      ...{ self, tls },
      onRecord: (record) => {
        this.#streams.take([record], undefined);
      },
    });
    this.#sending = new SendSnapshots({
      ...{ tls, limits, clock, rng },
      helloTo: (member) => helloTo(member, self.member, { ...self.helloSource, book: [] }),
      addressesOf: (member) => this.#addressesOf(member),
      onBytes: (to, bytes) => {
        const peer = this.#streams.peer(to);
        if (peer !== undefined) peer.counters.sentSnapshotBytes += bytes;
      },
    });
    this.#receiving = new ReceiveSnapshots({
      ...{ self, limits, clock },
      receiver: () => this.#streams.receiver,
      onBytes: (from, bytes) => {
        const peer = this.#streams.peer(from);
        if (peer !== undefined) peer.counters.receivedSnapshotBytes += bytes;
      },
    });
    this.#channels = new CallChannels(tls);
    this.#seeker = new Seeker({
      ...{ seeds: seeds ?? [], limits, clock, rng, logger },
      isMissed: () => [...this.#streams.peers].some((peer) => peer.isLearned && peer.current === undefined),
      greet: (address, signal) => this.greet(address, signal),
    });
    this.services = [this.#service()];
    if (registry !== undefined) registerMetrics(registry, () => this.#streams.peers);
    if (identity !== undefined) this.becomeMember(identity);
  }

  get identity(): PeerIdentity | undefined {
    return this.#self.identity;
  }

  get book(): readonly MemberAddresses[] {
    return this.#book.records;
  }

  becomeMember(identity: PeerIdentity): void {
    if (this.#self.become(identity)) this.#streams.announce();
  }

  attach(receiver: Receiver): void {
    this.#streams.attach(receiver);
  }

  learn(member: MemberId, addresses: readonly string[]): void {
    this.#streams.learn(member, addresses);
  }

  forget(member: MemberId): void {
    this.#streams.forget(member);
    this.#channels.forget(member);
  }

  advertise(addresses: readonly string[]): void {
    if (this.#self.advertise(addresses)) this.#streams.announce();
  }

  greet(address: string, signal: AbortSignal): Promise<Introduction> {
    return this.#greeting.greet(address, signal);
  }

  send(messages: readonly Message[]): void {
    this.#streams.send(messages);
  }

  sendSnapshot(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    return this.#sending.send(message, slices, signal);
  }

  status(): readonly PeerStatus[] {
    return [...this.#streams.peers].map((peer) => this.#statusOf(peer)).sort((a, b) => (a.member < b.member ? -1 : 1));
  }

  channelTo(member: MemberId): RpcChannel | undefined {
    const current = this.#streams.peer(member)?.current;
    const streamAt = current?.dialledBy === 'us' ? current.address : undefined;
    return this.#channels.to(member, this.#addressesOf(member), streamAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#seeker[Symbol.dispose]();
    this.#receiving[Symbol.dispose]();
    this.#sending[Symbol.dispose]();
    await this.#streams.close();
    await this.#channels[Symbol.asyncDispose]();
  }

  #service(): BoundService {
    return implement(PEER_SERVICE, {
      greet: async (request) => this.#greeting.answer(request),
      connect: (requests, call) => this.#streams.accept(requests, call),
      sendSnapshot: (requests) => this.#receiving.receive(requests),
    });
  }

  #addressesOf(member: MemberId): readonly string[] {
    const peer = this.#streams.peer(member);
    return peer === undefined ? [] : this.#streams.addressesOf(peer);
  }

  #statusOf(peer: Peer): PeerStatus {
    const { member, current, counters, outbox } = peer;
    return {
      member,
      name: this.#book.get(member)?.name ?? '',
      addresses: this.#streams.addressesOf(peer),
      connection:
        current?.since === undefined
          ? undefined
          : {
              since: current.since,
              address: current.address,
              dialledBy: current.dialledBy,
              rttMs: current.rttMs,
              protocolVersion: current.protocolVersion,
            },
      failure: current === undefined ? peer.failure : undefined,
      commandFormat: peer.commandFormat,
      queuedBytes: outbox.bytes,
      sentBytes: counters.sentBytes,
      receivedBytes: counters.receivedBytes,
      dropped: counters.dropped,
    };
  }
}
