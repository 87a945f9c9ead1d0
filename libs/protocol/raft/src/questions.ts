import { OverloadedError } from './errors.ts';
import { ENTRY_OVERHEAD_BYTES } from './limits.ts';
import { logIndex, type LogIndex, type Term } from './ids.ts';
import type { BatchId, RefusalReason } from './message.ts';
import type { RaftLimits } from './options.ts';
import type { Placement, ReadAnswer } from './ready.ts';

interface Question {
  readonly batch: BatchId;
  readonly tokens: readonly number[];
  readonly bytes: number;
  ticks: number;
}

interface Forwarding {
  readonly token: number;
  readonly data: Uint8Array;
}

export type QuestionLimits = Pick<RaftLimits, 'unansweredMax' | 'unansweredBytesMax'>;

/** As it is counted here, in batches and by the leader. */
const costOf = (data: Uint8Array): number => ENTRY_OVERHEAD_BYTES + data.length;

/**
 * What a follower has asked its leader and has no answer to. Questions of one loop leave as one batch; each batch has an id that no
 * other ever has, so that a late answer to one is never taken for the answer to another (raft#397).
 */
export class Questions {
  readonly #start: number;
  readonly #limits: QuestionLimits;
  #sequence = 0;
  #unanswered = 0;
  #unansweredBytes = 0;
  #proposals: Forwarding[] = [];
  #reads: number[] = [];
  readonly #asked = { forward: new Map<number, Question>(), read: new Map<number, Question>() };

  constructor(start: number, limits: QuestionLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** @throws OverloadedError */
  propose(token: number, data: Uint8Array): void {
    const { unansweredBytesMax } = this.#limits;
    const bytes = costOf(data);
    // One always finds room: however large, it must be possible.
    if (this.#unansweredBytes > 0 && this.#unansweredBytes + bytes > unansweredBytesMax) {
      throw new OverloadedError('bytes of unanswered proposals', unansweredBytesMax);
    }
    this.#count();
    this.#unansweredBytes += bytes;
    this.#proposals.push({ token, data });
  }

  /** @throws OverloadedError */
  read(token: number): void {
    this.#count();
    this.#reads.push(token);
  }

  #count(): void {
    const { unansweredMax } = this.#limits;
    if (this.#unanswered >= unansweredMax) throw new OverloadedError('unanswered questions', unansweredMax);
    this.#unanswered += 1;
  }

  /** As many as fit into `bytesMax`, but at least one. */
  takeProposals(bytesMax: number): { readonly batch: BatchId; readonly proposals: readonly Uint8Array[] } | undefined {
    if (this.#proposals.length === 0) return undefined;
    let taken = 0;
    const full = this.#proposals.findIndex(({ data }) => (taken += costOf(data)) > bytesMax);
    const asked = this.#proposals.splice(0, full < 0 ? this.#proposals.length : Math.max(1, full));
    const batch = this.#ask(
      'forward',
      asked.map(({ token }) => token),
      asked.reduce((sum, { data }) => sum + costOf(data), 0),
    );
    return { batch, proposals: asked.map(({ data }) => data) };
  }

  takeReads(): BatchId | undefined {
    if (this.#reads.length === 0) return undefined;
    const tokens = this.#reads;
    this.#reads = [];
    return this.#ask('read', tokens, 0);
  }

  #ask(kind: 'forward' | 'read', tokens: readonly number[], bytes: number): BatchId {
    this.#sequence += 1;
    const batch = { start: this.#start, sequence: this.#sequence };
    this.#asked[kind].set(batch.sequence, { batch, tokens, bytes, ticks: 0 });
    return batch;
  }

  placed(batch: BatchId, firstIndex: LogIndex, term: Term): readonly Placement[] {
    return this.#answered('forward', batch).map((token, offset) => ({
      kind: 'placed',
      token,
      index: logIndex(firstIndex + offset),
      term,
    }));
  }

  refused(batch: BatchId, reason: RefusalReason): readonly Placement[] {
    return this.#answered('forward', batch).map((token) => ({ kind: 'refused', token, reason }));
  }

  confirmed(batch: BatchId, index: LogIndex): readonly ReadAnswer[] {
    return this.#answered('read', batch).map((token) => ({ kind: 'confirmed', token, index }));
  }

  /** @returns nothing for an answer to who asked before this start, or that was answered, or given up */
  #answered(kind: 'forward' | 'read', batch: BatchId): readonly number[] {
    const question = batch.start === this.#start ? this.#asked[kind].get(batch.sequence) : undefined;
    if (question === undefined) return [];
    this.#asked[kind].delete(batch.sequence);
    this.#unanswered -= question.tokens.length;
    this.#unansweredBytes -= question.bytes;
    return question.tokens;
  }

  /** Gives up what has waited for `ticksMax`: a message can be lost. */
  tick(ticksMax: number): { readonly placements: readonly Placement[]; readonly reads: readonly ReadAnswer[] } {
    return this.#giveUp((question) => (question.ticks += 1) >= ticksMax);
  }

  /** The leader is another: what was sent to the old one may be answered by nobody; what was not sent, is refused. */
  leaderChanged(): { readonly placements: readonly Placement[]; readonly reads: readonly ReadAnswer[] } {
    const refused = this.#proposals.map(({ token }): Placement => ({ kind: 'refused', token, reason: 'not-leader' }));
    const dropped = this.#reads.map((token): ReadAnswer => ({ kind: 'dropped', token }));
    this.#unanswered -= refused.length + dropped.length;
    for (const { data } of this.#proposals) this.#unansweredBytes -= costOf(data);
    this.#proposals = [];
    this.#reads = [];
    const { placements, reads } = this.#giveUp(() => true);
    return { placements: [...refused, ...placements], reads: [...dropped, ...reads] };
  }

  #giveUp(which: (question: Question) => boolean): {
    readonly placements: readonly Placement[];
    readonly reads: readonly ReadAnswer[];
  } {
    const tokens = (kind: 'forward' | 'read'): readonly number[] =>
      [...this.#asked[kind].values()].filter(which).flatMap(({ batch }) => this.#answered(kind, batch));
    return {
      placements: tokens('forward').map((token) => ({ kind: 'unknown', token })),
      reads: tokens('read').map((token) => ({ kind: 'dropped', token })),
    };
  }
}
