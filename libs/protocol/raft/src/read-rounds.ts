import type { LogIndex, MemberId } from './ids.ts';
import type { BatchId } from './message.ts';

/** Who asked: a client of this member, or another member for its own. */
export type Reader =
  | { readonly kind: 'local'; readonly token: number }
  | { readonly kind: 'member'; readonly member: MemberId; readonly batch: BatchId };

export interface ConfirmedReads {
  readonly index: LogIndex;
  readonly readers: readonly Reader[];
}

/**
 * ReadIndex (§6.4 of the thesis): a read is answered at the commit index of its arrival, once a quorum has answered a heartbeat sent
 * after it. Reads that come while a round is under way share the next one; rounds are numbered in the term, so an answer to an old one
 * confirms no new read.
 */
export class ReadRounds {
  #waiting: Reader[] = [];
  #rounds: (ConfirmedReads & { readonly round: number })[] = [];
  #round = 0;
  /** This leader is in doubt until a round is answered that has not begun; or until this one is. */
  #proof: 'wanted' | number | undefined = undefined;
  /** Readers that have no answer yet. */
  count = 0;

  /** The newest; heartbeats carry it, those that begin it and those that come later. */
  get round(): number {
    return this.#round;
  }

  /** For a round of their own, whatever is under way. */
  get isWaiting(): boolean {
    return this.#proof === 'wanted' || this.#waiting.length > 0;
  }

  /** Somebody waits for a round, and not for one under way to end first. */
  get isDue(): boolean {
    return this.#proof === 'wanted' || (this.#waiting.length > 0 && this.#rounds.length === 0);
  }

  get isInDoubt(): boolean {
    return this.#proof !== undefined;
  }

  /** Whatever was answered so far may be of a time when this member still led. */
  doubt(): void {
    this.#proof = 'wanted';
  }

  add(reader: Reader): void {
    this.#waiting.push(reader);
    this.count += 1;
  }

  /** @param committed of a leader that has committed an entry of its own term: earlier, it may be behind the one before */
  begin(committed: LogIndex): void {
    this.#round += 1;
    this.#rounds.push({ round: this.#round, index: committed, readers: this.#waiting });
    this.#waiting = [];
    if (this.#proof === 'wanted') this.#proof = this.#round;
  }

  /** @param round what a quorum has answered */
  confirm(round: number): readonly ConfirmedReads[] {
    const confirmed = this.#rounds.filter((reads) => reads.round <= round);
    if (confirmed.length > 0) this.#rounds = this.#rounds.slice(confirmed.length);
    if (typeof this.#proof === 'number' && this.#proof <= round) this.#proof = undefined;
    for (const { readers } of confirmed) this.count -= readers.length;
    return confirmed;
  }

  /** Everybody who was never answered: this member leads no more. */
  abandoned(): readonly Reader[] {
    return [...this.#rounds.flatMap(({ readers }) => readers), ...this.#waiting];
  }
}
