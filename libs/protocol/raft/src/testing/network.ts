import type { MemberId } from '../ids.ts';
import type { Message } from '../message.ts';
import type { State } from './machine.ts';

/** A message on its way, and the contents of the snapshot if it announces one. */
export interface Parcel {
  readonly message: Message;
  readonly contents: State | undefined;
}

const link = (from: MemberId, to: MemberId): string => `${from}→${to}`;

/** All messages on their way, oldest first; which one arrives next, or never, or again, is decided by who plays. */
export class Network {
  readonly parcels: Parcel[] = [];
  readonly #cut = new Set<string>();

  /** @returns false when the link is cut, and the message lost */
  send(parcel: Parcel): boolean {
    const { from, to } = parcel.message;
    if (this.#cut.has(link(from, to))) return false;
    this.parcels.push(parcel);
    return true;
  }

  /** Takes the first that `which` accepts off its way. */
  take(which: (message: Message) => boolean): Parcel | undefined {
    const place = this.parcels.findIndex(({ message }) => which(message));
    return place < 0 ? undefined : this.parcels.splice(place, 1)[0];
  }

  takeAt(place: number): Parcel | undefined {
    return this.parcels.splice(place, 1)[0];
  }

  /** Nothing that is sent from now on gets from one side to the other; what is on its way arrives. */
  cut(side: readonly MemberId[], other: readonly MemberId[]): void {
    for (const from of side) {
      for (const to of other) {
        this.#cut.add(link(from, to));
        this.#cut.add(link(to, from));
      }
    }
  }

  cutOneWay(from: MemberId, to: MemberId): void {
    this.#cut.add(link(from, to));
  }

  heal(): void {
    this.#cut.clear();
  }
}
