import { DEFAULT_LIMITS, NoLeaderError, OverloadedError, TransferringError, type Placement } from '@portolan/raft';
import { MemberStoppedError, ProposalUnknownError } from './errors.ts';
import { PlacedTokens } from './placed-tokens.ts';
import { TokenRing } from './token-ring.ts';

/** Of proposals that no leader has yet, each with what it costs to remember. Full: `OverloadedError`; a longer queue would only be refused later. */
export const UNPROPOSED_BYTES_MAX = 32 * 1_048_576;
const PROPOSAL_OVERHEAD_BYTES = 512;

interface Waiting<Result> {
  readonly data: Uint8Array;
  readonly deadlineMs: number;
  /** It was decided by time: what is certainly in no log is not proposed later, when that may no longer hold. */
  readonly isTimed: boolean;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  /** Certainly in no leader's log: it can be proposed, again or for the first time. */
  isUnproposed: boolean;
  /** Of the entry that it has become, once it is placed. */
  term: number;
}

/**
 * Proposals that are not answered: first by token, then by where they stand in the log. One that has certainly had no effect, because
 * nobody led, or its leader was replaced, is proposed again until its time is over; one that may have had an effect never is.
 */
export class WaitingProposals<Result> {
  /** In order of their deadlines: all have equally long. */
  readonly #byToken = new TokenRing<Waiting<Result>>();
  /** Also of those whose time was over meanwhile. At one index mostly one; of an earlier leader's placement there may be another. */
  readonly #placed = new PlacedTokens();
  #unproposed: number[] = [];
  #unproposedBytes = 0;

  /**
   * Rejects with OverloadedError when too many wait for a leader.
   * @param isTimed proposed now or never
   */
  add(data: Uint8Array, deadlineMs: number, isTimed = false): Promise<Result> {
    if (this.#unproposedBytes + costOf(data) > UNPROPOSED_BYTES_MAX) {
      return Promise.reject(new OverloadedError('bytes of proposals without a leader', UNPROPOSED_BYTES_MAX));
    }
    this.#unproposedBytes += costOf(data);
    return new Promise((resolve, reject) => {
      const waiting = { data, deadlineMs, isTimed, resolve, reject, isUnproposed: true, term: 0 };
      this.#unproposed.push(this.#byToken.add(waiting));
    });
  }

  /** @param propose throws what `Raft.propose` does */
  proposeAll(propose: (token: number, data: Uint8Array) => void): void {
    if (this.#unproposed.length === 0) return;
    const tokens = this.#unproposed;
    this.#unproposed = [];
    for (const token of tokens) {
      const waiting = this.#byToken.get(token);
      if (waiting === undefined) continue;
      try {
        propose(token, waiting.data);
        waiting.isUnproposed = false;
        this.#unproposedBytes -= costOf(waiting.data);
      } catch (error) {
        if (error instanceof NoLeaderError || error instanceof TransferringError) this.#later(token, waiting);
        else if (error instanceof OverloadedError) this.#reject(token, error);
        else throw error;
      }
    }
  }

  /** @param applied the last index that is applied here */
  place(placement: Placement, applied: number): void {
    const { token } = placement;
    const waiting = this.#byToken.get(token);
    if (waiting === undefined) return;
    switch (placement.kind) {
      case 'placed':
        if (placement.index <= applied) {
          this.#reject(token, new ProposalUnknownError('the leader has told too late where it stands'));
          break;
        }
        waiting.term = placement.term;
        this.#placed.add(placement.index, token);
        break;
      case 'refused':
        if (placement.reason === 'overloaded') {
          this.#reject(
            token,
            new OverloadedError('uncommitted bytes of the leader', DEFAULT_LIMITS.uncommittedBytesMax),
          );
        } else {
          this.#again(token, waiting);
        }
        break;
      case 'unknown':
        this.#reject(token, new ProposalUnknownError('the leader that it was sent to has not answered'));
        break;
      default:
        placement satisfies never;
    }
  }

  #again(token: number, waiting: Waiting<Result>): void {
    waiting.isUnproposed = true;
    this.#unproposedBytes += costOf(waiting.data);
    this.#later(token, waiting);
  }

  #later(token: number, { isTimed }: Waiting<Result>): void {
    if (isTimed) this.#reject(token, new NoLeaderError());
    else this.#unproposed.push(token);
  }

  #reject(token: number, error: Error): void {
    const waiting = this.#byToken.get(token);
    if (waiting === undefined) return;
    this.#byToken.delete(token);
    if (waiting.isUnproposed) this.#unproposedBytes -= costOf(waiting.data);
    waiting.reject(error);
  }

  /**
   * The entry at `index` is applied.
   * @param result undefined when it is no command
   */
  applied(index: number, term: number, result: { readonly value: Result } | undefined): void {
    for (let token = this.#placed.take(index); token !== undefined; token = this.#placed.take(index)) {
      this.#settle(token, term, result);
    }
  }

  #settle(token: number, term: number, result: { readonly value: Result } | undefined): void {
    const waiting = this.#byToken.get(token);
    if (waiting === undefined) return;
    if (waiting.term === term && result !== undefined) {
      this.#byToken.delete(token);
      waiting.resolve(result.value);
    } else {
      // Another entry stands where it stood, so it can never be committed.
      this.#again(token, waiting);
    }
  }

  /** Everything up to `index` came in a snapshot, which does not say whose entries it is made of. */
  skipped(index: number): void {
    for (let token = this.#placed.take(index); token !== undefined; token = this.#placed.take(index)) {
      this.#reject(token, new ProposalUnknownError('its result came as part of a snapshot'));
    }
  }

  expire(nowMs: number): void {
    for (const [token, waiting] of this.#byToken) {
      if (waiting.deadlineMs > nowMs) break;
      const unknown = new ProposalUnknownError('no quorum has committed it in time');
      this.#reject(token, waiting.isUnproposed ? new NoLeaderError() : unknown);
    }
    if (this.#unproposed.length > 0)
      this.#unproposed = this.#unproposed.filter((token) => this.#byToken.get(token) !== undefined);
  }

  stop(cause: unknown): void {
    this.abandon(new MemberStoppedError(cause), 'this member has stopped');
  }

  /** Nobody waits any longer. @param without of those that certainly have no effect @param why it is not known of the others */
  abandon(without: Error, why: string): void {
    for (const [token, { isUnproposed }] of this.#byToken) {
      this.#reject(token, isUnproposed ? without : new ProposalUnknownError(why));
    }
    this.#placed.clear();
    this.#unproposed = [];
  }
}

const costOf = (data: Uint8Array): number => data.length + PROPOSAL_OVERHEAD_BYTES;
