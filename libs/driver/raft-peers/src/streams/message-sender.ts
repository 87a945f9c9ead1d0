import type { MemberId, Message } from '@portolan/raft';
import { MessageEncoder } from '../wire/encode-message.ts';
import type { StreamedMessage } from '../wire/kinds.ts';
import type { Peer } from './peer.ts';

/** Puts messages where they leave from; those that have no way, or no room, are dropped: Raft sends them again. */
export class MessageSender {
  readonly #peers: ReadonlyMap<MemberId, Peer>;
  readonly #onLost: (member: MemberId) => void;
  readonly #encoder = new MessageEncoder();
  /** Those of which something was lost in this turn. */
  readonly #lossy = new Set<MemberId>();

  /** @param onLost entries for a member were dropped, so that what was thought to be under way is not; never within `send` */
  constructor(peers: ReadonlyMap<MemberId, Peer>, onLost: (member: MemberId) => void) {
    this.#peers = peers;
    this.#onLost = onLost;
  }

  /** Those of one call for one peer leave together. */
  send(messages: readonly Message[]): void {
    const touched = new Set<Peer>();
    for (const message of messages) {
      const peer = this.#peers.get(message.to);
      // A snapshot has a stream of its own.
      if (peer === undefined || message.kind === 'install-snapshot') continue;
      if (peer.current === undefined) {
        peer.counters.droppedUnconnected += 1;
      } else {
        this.#push(peer, message);
        touched.add(peer);
      }
    }
    for (const peer of touched) peer.current?.wake();
  }

  #push(peer: Peer, message: StreamedMessage): void {
    // Those with entries stay in their order, also the empty ones: one that overtakes the others is refused.
    const isBulk = message.kind === 'append' || message.kind === 'forward';
    if (peer.outbox.push(this.#encoder.encode(message), !isBulk)) return;
    peer.counters.droppedFull += 1;
    if (this.#lossy.size === 0) queueMicrotask(this.#tellLosses);
    this.#lossy.add(peer.member);
  }

  readonly #tellLosses = (): void => {
    const lossy = [...this.#lossy];
    this.#lossy.clear();
    for (const member of lossy) this.#onLost(member);
  };
}
