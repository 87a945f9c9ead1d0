import type { PortolanError } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { PeersLimits } from '../limits.ts';
import { PeerCounters } from '../peer-counters.ts';
import { Outbox } from './outbox.ts';
import type { Link } from './link.ts';

/** Another member: the streams that there are with it, what waits for it, where it may be. */
export class Peer {
  readonly member: MemberId;
  readonly outbox: Outbox;
  readonly counters = new PeerCounters();
  /** A stream to it is kept. Without it this process has only been spoken to. */
  isLearned = false;
  /** Where to try besides what it says itself: from a list, or where it was found. */
  hints: readonly string[] = [];
  /** Where it was reached last. */
  reachedAt: string | undefined;
  commandFormat: number | undefined;
  failure: PortolanError | undefined;
  readonly #dialsFirst: boolean;
  #links: readonly Link[] = [];

  /** @param dialsFirst of two streams that of the lower member id is kept: it is this process's */
  constructor(member: MemberId, dialsFirst: boolean, limits: PeersLimits) {
    this.member = member;
    this.#dialsFirst = dialsFirst;
    this.outbox = new Outbox(limits);
  }

  /** The stream that messages leave by. */
  get current(): Link | undefined {
    const preferred = this.#dialsFirst ? 'us' : 'peer';
    return this.#links.find(({ dialledBy }) => dialledBy === preferred) ?? this.#links[0];
  }

  /** Open ones: at most one from each side. */
  get links(): readonly Link[] {
    return this.#links;
  }

  get dialsFirst(): boolean {
    return this.#dialsFirst;
  }

  /** @returns those that it takes the place of: of an earlier life of the peer, or of the same side */
  add(link: Link): readonly Link[] {
    const session = link.peer?.session;
    const replaced = this.#links.filter(
      (other) => other.dialledBy === link.dialledBy || other.peer?.session !== session,
    );
    this.#links = [...this.#links.filter((other) => !replaced.includes(other)), link];
    return replaced;
  }

  /** @returns whether it was there */
  remove(link: Link): boolean {
    const isHere = this.#links.includes(link);
    if (isHere) this.#links = this.#links.filter((other) => other !== link);
    return isHere;
  }

  /** The one that is dialled by us and not needed. */
  get surplus(): Link | undefined {
    if (this.#dialsFirst || this.#links.length < 2) return undefined;
    return this.#links.find(({ dialledBy }) => dialledBy === 'us');
  }
}
