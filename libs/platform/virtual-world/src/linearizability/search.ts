import type { Model } from './model.ts';
import type { Placeable } from './placeable.ts';
import { PlacedSet, type Choices } from './placed-set.ts';
import { Visited } from './visited.ts';

export interface Refusal<State> {
  /** The operation that no order could place before its return, when all that returned before it were. */
  readonly deadline: number;
  /** An order that comes as far as that: indexes, then the state after them. */
  readonly order: readonly number[];
  readonly state: State;
}

export type SearchResult<State> =
  | { readonly kind: 'ordered'; readonly order: readonly number[]; readonly steps: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal<State>; readonly steps: number }
  | { readonly kind: 'undecided'; readonly steps: number };

/**
 * Looks for one order of the operations in which each takes effect between its call and its return and answers as it did
 * (Wing and Gong 1993), never twice from the same set of placed operations and the same state (Lowe 2017, as porcupine does).
 * @param operations in the order of their calls
 * @param stepsMax calls of `model.step`; beyond, it is undecided
 */
export function searchOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Placeable<Input, Output>[],
  stepsMax: number,
): SearchResult<State> {
  return new Search(model, operations).run(stepsMax);
}

/** One operation placed after those of the parents, and what has been tried after it. */
interface Frame<State> extends Choices {
  readonly state: State;
  readonly key: string;
  readonly parent: Frame<State> | undefined;
  /** −1: none, the beginning. */
  readonly operation: number;
  /** Of the operations placed: what had returned before then can no longer follow. */
  readonly latestCall: number;
  /** How many of the candidates. */
  tried: number;
  /** After the candidate tried last; not followed yet. */
  successors: { readonly state: State; readonly key: string }[];
}

/** Iterative: the stack of a long history would be as deep. */
class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Placeable<Input, Output>[];
  readonly #placed: PlacedSet;
  readonly #visited = new Visited();
  #steps = 0;

  constructor(model: Model<State, Input, Output>, operations: readonly Placeable<Input, Output>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#placed = new PlacedSet(operations);
  }

  run(stepsMax: number): SearchResult<State> {
    const { initial } = this.#model;
    let top: Frame<State> | undefined = this.#frame(undefined, -1, initial, this.#model.key(initial));
    let furthest = top;
    while (top !== undefined) {
      if (top.deadline < 0) return { kind: 'ordered', order: orderOf(top), steps: this.#steps };
      if (this.#steps >= stepsMax) return { kind: 'undecided', steps: this.#steps };
      if (this.#placed.returnOf(top.deadline) > this.#placed.returnOf(furthest.deadline)) furthest = top;
      const next: Frame<State> | undefined = this.#next(top);
      if (next === undefined && top.operation >= 0) this.#placed.remove(top.operation);
      top = next ?? top.parent;
    }
    const { deadline, state } = furthest;
    return { kind: 'refused', refusal: { deadline, state, order: orderOf(furthest) }, steps: this.#steps };
  }

  /** One operation more, in a way that has not been tried. `undefined`: there is none. */
  #next(top: Frame<State>): Frame<State> | undefined {
    for (;;) {
      const successor = top.successors.pop();
      const operation = top.candidates[top.tried - 1] ?? -1;
      if (successor === undefined) {
        const candidate = top.candidates[top.tried];
        if (candidate === undefined) return undefined;
        top.tried += 1;
        top.successors = this.#successors(top.state, candidate).reverse();
        continue;
      }
      if (!this.#placed.isRequired(operation) && this.#isIdle(top, operation, successor.key)) continue;
      this.#placed.add(operation);
      const next = this.#frame(top, operation, successor.state, successor.key);
      const place = this.#placed.key(next.window) + next.key;
      if (next.deadline < 0) return next;
      if (!this.#isTooLate(next) && this.#visited.isNew(place, next.optional)) return next;
      this.#placed.remove(operation);
    }
  }

  /**
   * An operation that need not have happened is better left for later when it changes nothing, and better placed without
   * the one before it, when that need not have happened either and makes no difference to what follows.
   */
  #isIdle(top: Frame<State>, operation: number, key: string): boolean {
    if (key === top.key) return true;
    if (top.parent === undefined || this.#placed.isRequired(top.operation)) return false;
    return this.#successors(top.parent.state, operation).some((without) => without.key === key);
  }

  /** Something that must come still no longer can. */
  #isTooLate({ state, candidates, optional }: Frame<State>): boolean {
    if (this.#model.isPast === undefined) return false;
    for (let at = 0; at < candidates.length - optional.length; at += 1) {
      const operation = this.#operations[candidates[at] ?? -1];
      if (operation !== undefined && this.#model.isPast(state, operation.input, operation.answer)) return true;
    }
    return false;
  }

  #successors(state: State, index: number): { readonly state: State; readonly key: string }[] {
    const operation = this.#operations[index];
    if (operation === undefined) return [];
    this.#steps += 1;
    const states = this.#model.step(state, operation.input, operation.answer);
    return states.map((next) => ({ state: next, key: this.#model.key(next) }));
  }

  #frame(parent: Frame<State> | undefined, operation: number, state: State, key: string): Frame<State> {
    const call = this.#operations[operation]?.call ?? Number.NEGATIVE_INFINITY;
    const latestCall = Math.max(parent?.latestCall ?? Number.NEGATIVE_INFINITY, call);
    return { state, key, parent, operation, latestCall, ...this.#placed.choices(latestCall), tried: 0, successors: [] };
  }
}

function orderOf<State>(last: Frame<State>): number[] {
  const order: number[] = [];
  for (let frame: Frame<State> | undefined = last; frame !== undefined; frame = frame.parent) {
    if (frame.operation >= 0) order.push(frame.operation);
  }
  return order.reverse();
}
