import type { SendSnapshotRequest, SendSnapshotResponse, SnapshotOffer } from '@portolan/contracts/raft-peer';
import type { Clock, Timer } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { MalformedFrameError, NoMemberYetError, SnapshotNotSentError, SnapshotsBusyError } from '../errors.ts';
import { checkHello } from '../hello.ts';
import type { PeersLimits } from '../limits.ts';
import type { Receiver } from '../peers.ts';
import type { Self } from '../self.ts';
import { isSameSnapshot, messageOfOffer } from './offer.ts';
import { Reception } from './reception.ts';

export interface ReceiveSnapshotsOptions {
  readonly self: Self;
  /** Undefined before the member runs. */
  readonly receiver: () => Receiver | undefined;
  readonly onBytes: (from: MemberId, bytes: number) => void;
  readonly limits: Pick<PeersLimits, 'snapshots' | 'snapshotResumeMs'>;
  readonly clock: Clock;
}

/** One that is under way, or waits for its stream to come back. */
interface Entry {
  readonly message: InstallSnapshot;
  reception: Reception;
  /** Grows with each stream: an earlier one of the same snapshot has no say any more. */
  streams: number;
  expiry: Timer | undefined;
}

/** The answering side of `SendSnapshot`. */
export class ReceiveSnapshots implements Disposable {
  readonly #options: ReceiveSnapshotsOptions;
  /** By the member that sends: it has one at a time. */
  readonly #entries = new Map<bigint, Entry>();

  constructor(options: ReceiveSnapshotsOptions) {
    this.#options = options;
  }

  async *receive(requests: AsyncIterable<SendSnapshotRequest>): AsyncGenerator<SendSnapshotResponse, void> {
    const frames = requests[Symbol.asyncIterator]();
    const first = await frames.next();
    const content = first.done === true ? undefined : first.value.content;
    if (content?.$case !== 'offer') throw new MalformedFrameError('snapshot', 'it does not begin with an offer');
    const entry = this.#begin(this.#messageOf(content.value));
    const stream = entry.streams;
    const { from, to } = entry.message;
    try {
      yield { content: { $case: 'held', value: entry.reception.held } };
      for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
        if (entry.streams !== stream) throw new SnapshotNotSentError(to, 'it goes on by another stream');
        const { content: part } = next.value;
        if (part?.$case === 'slice') {
          const { offset, data } = part.value;
          if (offset === 0n && entry.reception.held.bytes > 0n) this.#beginAnew(entry);
          this.#options.onBytes(from, data.length);
          await entry.reception.slice(offset, data);
        } else if (part?.$case === 'end') {
          await entry.reception.end(part.value);
          yield { content: { $case: 'taken', value: part.value } };
          return;
        } else {
          throw new MalformedFrameError('snapshot', 'it has neither a slice nor an end where one is due');
        }
      }
    } finally {
      if (entry.streams === stream) this.#suspend(entry);
    }
  }

  [Symbol.dispose](): void {
    for (const entry of this.#entries.values()) this.#drop(entry, 'this process ends');
  }

  #messageOf(offer: SnapshotOffer): InstallSnapshot {
    const { hello } = offer;
    if (hello === undefined) throw new MalformedFrameError('snapshot', 'its offer does not say who sends it');
    checkHello(hello, this.#options.self.member, undefined);
    return messageOfOffer(offer, hello);
  }

  #begin(message: InstallSnapshot): Entry {
    const { limits } = this.#options;
    const known = this.#entries.get(message.from);
    if (known !== undefined && isSameSnapshot(known.message, message) && !known.reception.hasFailed) {
      known.expiry?.cancel();
      known.streams += 1;
      return known;
    }
    if (known !== undefined) this.#drop(known, 'its leader sends another one');
    const underWay = [...this.#entries.values()].filter(({ reception }) => !reception.isOver);
    if (underWay.length >= limits.snapshots) throw new SnapshotsBusyError(limits.snapshots);
    const entry: Entry = { message, reception: this.#receive(message), streams: 1, expiry: undefined };
    this.#entries.set(message.from, entry);
    return entry;
  }

  /** What is here of it is of another one, says its sender. */
  #beginAnew(entry: Entry): void {
    entry.reception.abandon(new SnapshotNotSentError(entry.message.to, 'its sender begins anew'));
    entry.reception = this.#receive(entry.message);
  }

  /** @throws NoMemberYetError */
  #receive(message: InstallSnapshot): Reception {
    const { receiver, self } = this.#options;
    const to = receiver();
    if (to === undefined) throw new NoMemberYetError(self.name);
    return new Reception(message, to);
  }

  /** Its stream is over. Kept for a while, also when it is complete: its sender may not have heard so. */
  #suspend(entry: Entry): void {
    const { clock, limits } = this.#options;
    entry.expiry = clock.after(limits.snapshotResumeMs, () => {
      this.#drop(entry, 'it was not gone on with in time');
    });
  }

  #drop(entry: Entry, why: string): void {
    const { from, to } = entry.message;
    entry.expiry?.cancel();
    // Whatever stream it has now is none any more.
    entry.streams += 1;
    if (this.#entries.get(from) === entry) this.#entries.delete(from);
    entry.reception.abandon(new SnapshotNotSentError(to, why));
  }
}
