import { OverloadedError } from './errors.ts';
import { ENTRY_OVERHEAD_BYTES } from './limits.ts';
import { logIndex, type LogIndex, type Term } from './ids.ts';
import type { BatchId, RefusalReason } from './message.ts';
import type { Placement, ReadAnswer } from './ready.ts';

interface Question {
  readonly batch: BatchId;
  readonly tokens: readonly number[];
  ticks: number;
}

interface Forwarding {
  readonly token: number;
  readonly data: Uint8Array;
}

/**
 * What a follower has asked its leader and has no answer to. Questions of one loop leave as one batch; each batch has an id that no
 * other ever has, so that a late answer to one is never taken for the answer to another (raft#397).
 */
export class Questions {
  readonly #start: number;
  readonly #unansweredMax: number;
  #sequence = 0;
  #unanswered = 0;
  #proposals: Forwarding[] = [];
  #reads: number[] = [];
  readonly #asked = { forward: new Map<number, Question>(), read: new Map<number, Question>() };

  constructor(start: number, unansweredMax: number) {
    this.#start = start;
    this.#unansweredMax = unansweredMax;
  }

  /** @throws OverloadedError */
  propose(token: number, data: Uint8Array): void {
    this.#count();
    this.#proposals.push({ token, data });
  }

  /** @throws OverloadedError */
  read(token: number): void {
    this.#count();
    this.#reads.push(token);
  }

  #count(): void {
    if (this.#unanswered >= this.#unansweredMax) throw new OverloadedError('unanswered questions', this.#unansweredMax);
    this.#unanswered += 1;
  }

  /** As many as fit into `bytesMax`, but at least one. */
  takeProposals(bytesMax: number): { readonly batch: BatchId; readonly proposals: readonly Uint8Array[] } | undefined {
    if (this.#proposals.length === 0) return undefined;
    let bytes = 0;
    const full = this.#proposals.findIndex(({ data }) => (bytes += ENTRY_OVERHEAD_BYTES + data.length) > bytesMax);
    const asked = this.#proposals.splice(0, full < 0 ? this.#proposals.length : Math.max(1, full));
    const batch = this.#ask(
      'forward',
      asked.map(({ token }) => token),
    );
    return { batch, proposals: asked.map(({ data }) => data) };
  }

  takeReads(): BatchId | undefined {
    if (this.#reads.length === 0) return undefined;
    const tokens = this.#reads;
    this.#reads = [];
    return this.#ask('read', tokens);
  }

  #ask(kind: 'forward' | 'read', tokens: readonly number[]): BatchId {
    this.#sequence += 1;
    const batch = { start: this.#start, sequence: this.#sequence };
    this.#asked[kind].set(batch.sequence, { batch, tokens, ticks: 0 });
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
