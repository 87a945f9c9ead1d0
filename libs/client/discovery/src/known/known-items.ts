import { abortable, type Clock, type EpochMillis, type Millis, type Timer } from '@portolan/kernel';
import type { Staleness } from '../discovery.ts';

/** How long what an earlier incarnation had is kept while the new one does not confirm it: its services come back meanwhile. */
export const HOLD_MS = 30_000;

/** A whole answer of the registry. */
export interface Answer<Item> {
  readonly items: readonly Item[];
  readonly revision: number;
  readonly incarnation: string;
}

export interface SavedAnswer<Item> {
  readonly answer: Answer<Item>;
  /** When the registry last confirmed it. */
  readonly savedAt: EpochMillis;
}

export interface ItemKind<Item> {
  id(item: Item): string;
  /** A new incarnation's `item` says that `held`, of an earlier one, cannot be there any more. */
  replaces(item: Item, held: Item): boolean;
}

/** Where what is known comes from, and since when nobody confirmed it. */
type Origin =
  | { readonly kind: 'none' }
  | { readonly kind: 'disk'; readonly savedAt: EpochMillis }
  | { readonly kind: 'live' }
  | { readonly kind: 'memory'; readonly since: Millis; readonly sinceEpoch: EpochMillis };

/**
 * The last good answer to one question. Within one incarnation of the registry each answer is exact. When the incarnation
 * changes, what only the earlier one had is held for a while: a restart is no reason to empty what was known.
 */
export class KnownItems<Item> {
  readonly #kind: ItemKind<Item>;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #origin: Origin = { kind: 'none' };
  #answer: Answer<Item> | undefined;
  #held: readonly Item[] = [];
  /** Of the answer that the held items are from. */
  #heldIncarnation = '';
  #holdTimer: Timer | undefined;
  #current: Answer<Item> | undefined;
  #first = neverHeard<Answer<Item>>();
  /** Until the registry answers after all. */
  #refusal: Error | undefined;

  constructor(kind: ItemKind<Item>, clock: Clock) {
    this.#kind = kind;
    this.#clock = clock;
  }

  current(): Answer<Item> | undefined {
    return this.#current;
  }

  /** Called after each change of the items. @returns ends the subscription */
  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Resolves once anything is known; rejects with the signal's reason, or when the registry refuses to answer. */
  async known(signal: AbortSignal): Promise<Answer<Item>> {
    if (this.#current !== undefined) return this.#current;
    if (this.#refusal !== undefined) throw this.#refusal;
    return abortable(this.#first.promise, signal);
  }

  /** Of what is known now; undefined when nothing is. */
  freshness(): Staleness | undefined {
    switch (this.#origin.kind) {
      case 'none':
        return undefined;
      case 'live':
        return { source: 'live', ageMs: 0 };
      case 'memory':
        return { source: 'memory', ageMs: Math.max(0, this.#clock.now() - this.#origin.since) };
      case 'disk':
        return { source: 'disk', ageMs: Math.max(0, this.#clock.epoch() - this.#origin.savedAt) };
    }
  }

  /** For the disk. While something is held it goes by the name of the earlier incarnation, so that it is held after a restart too. */
  toSave(): SavedAnswer<Item> | undefined {
    const answer = this.#current;
    if (answer === undefined || this.#origin.kind === 'none') return undefined;
    const origin = this.#origin;
    return {
      answer: this.#held.length === 0 ? answer : { ...answer, incarnation: this.#heldIncarnation },
      savedAt:
        origin.kind === 'disk' ? origin.savedAt : origin.kind === 'memory' ? origin.sinceEpoch : this.#clock.epoch(),
    };
  }

  /** The registry answered. */
  accept(answer: Answer<Item>): void {
    const before = this.#answer;
    this.#refusal = undefined;
    this.#origin = { kind: 'live' };
    if (before?.incarnation === answer.incarnation) {
      // A node that is behind: its answers catch up.
      if (answer.revision < before.revision) return;
    } else if (before !== undefined) {
      this.#hold([...before.items, ...this.#held], before.incarnation);
    }
    this.#answer = answer;
    this.#held = this.#held.filter(
      (held) => !answer.items.some((item) => this.#isSame(item, held) || this.#kind.replaces(item, held)),
    );
    this.#show();
  }

  /** What the disk had; of no use once anything is known. */
  restore({ answer, savedAt }: SavedAnswer<Item>): void {
    if (this.#answer !== undefined) return;
    this.#origin = { kind: 'disk', savedAt };
    this.#answer = answer;
    this.#show();
  }

  /** The registry is away: nothing confirms this from now on. */
  interrupted(): void {
    if (this.#origin.kind === 'live') {
      this.#origin = { kind: 'memory', since: this.#clock.now(), sinceEpoch: this.#clock.epoch() };
    }
  }

  /** The registry refuses to answer. */
  refused(error: Error): void {
    this.#refusal = error;
    this.#first.reject(error);
    this.#first = neverHeard();
  }

  /** It was seen to be gone: no longer held. */
  drop(id: string): void {
    if (!this.#held.some((held) => this.#kind.id(held) === id)) return;
    this.#held = this.#held.filter((held) => this.#kind.id(held) !== id);
    this.#show();
  }

  dispose(reason: Error): void {
    this.#holdTimer?.cancel();
    this.#listeners.clear();
    this.#first.reject(reason);
  }

  #hold(items: readonly Item[], incarnation: string): void {
    this.#holdTimer?.cancel();
    this.#held = items.filter((item, index) => items.findIndex((other) => this.#isSame(item, other)) === index);
    this.#heldIncarnation = incarnation;
    this.#holdTimer = this.#clock.after(HOLD_MS, () => {
      this.#held = [];
      this.#show();
    });
  }

  #show(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const before = this.#current;
    this.#current = this.#held.length === 0 ? answer : { ...answer, items: [...answer.items, ...this.#held] };
    this.#first.resolve(this.#current);
    if (before !== undefined && isEqual(before.items, this.#current.items)) return;
    for (const listener of [...this.#listeners]) listener();
  }

  #isSame(one: Item, other: Item): boolean {
    return this.#kind.id(one) === this.#kind.id(other);
  }
}

/** Answers are plain data from one decoder: equal ones print the same. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whoever waits hears of a rejection; when nobody does, it is none. */
function neverHeard<Value>(): PromiseWithResolvers<Value> {
  const waiting = Promise.withResolvers<Value>();
  waiting.promise.catch(() => undefined);
  return waiting;
}
