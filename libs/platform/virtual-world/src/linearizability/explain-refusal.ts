import { seconds } from '../log/event-log.ts';
import type { Model } from './model.ts';
import type { Checked } from './placeable.ts';
import { searchOrder, type Refusal } from './search.ts';
import { textTable } from './text-table.ts';

/** Calls of `Model.step` spent on making one explanation smaller. */
const EXPLANATION_STEPS_MAX = 2_000_000;

/** And on one attempt: what needs more is not the simple explanation that is sought. */
const ATTEMPT_STEPS_MAX = 200_000;

/** Rows of the table; of more, the last ones: what is refused is at the end. */
const ROWS_MAX = 30;

/** Operations, and how far an order of them comes. */
export interface Refused<State, Input, Output> {
  readonly operations: readonly Checked<Input, Output>[];
  readonly refusal: Refusal<State>;
}

/**
 * The fewest operations found that no order explains, as a table, whatever became of all others: each operation left out is
 * taken as one that may have happened at any time after its call or never, and the rest is still refused.
 * @param whole the operations as they were recorded
 * @param refused the same, one by one, with what was concluded from the answers of others
 */
export function explainRefusal<State, Input, Output>(
  model: Model<State, Input, Output>,
  whole: readonly Checked<Input, Output>[],
  refused: Refused<State, Input, Output>,
): string {
  const { operations, refusal } = smallest(model, whole, refused);
  const words = wordsOf(model);
  const core = operations.filter(({ returned, answer }) => returned < Number.POSITIVE_INFINITY || answer !== 'unknown');
  const others = whole.length - core.length;
  const name = ({ recorded, input }: Checked<Input, Output>): string => `${recorded.client} ${words.input(input)}`;
  const order = operationsAt(operations, refusal.order).map(name);
  const stuck = operationsAt(operations, [refusal.deadline]).map(
    (one) => name(one) + (one.answer === 'unknown' ? '' : ` → ${words.output(one.answer.output)}`),
  );
  return [
    `not linearizable: no order explains the answers of ${counted(core.length, 'operation')}` +
      (others > 0 ? `, whatever became of ${counted(others, 'other')}` : ''),
    textTable(
      ['client', 'call', 'return', 'input', 'output'],
      core.slice(-ROWS_MAX).map((one) => rowOf(words, one)),
    ),
    `the order that comes furthest: ${order.length === 0 ? 'none at all' : order.slice(-ROWS_MAX).join(', ')}`,
    `after it, in state ${words.state(refusal.state)}, there is no place for ${stuck.join()}`,
  ].join('\n');
}

/** `undefined`: left out. */
type Relax<Input, Output> = (one: Checked<Input, Output>) => Checked<Input, Output> | undefined;

/**
 * Relaxes what can be relaxed, in the order of what makes the next attempt cheapest: reads are left out; then others may not
 * have happened, though if so, then between call and return; then, at any time after the call.
 */
function smallest<State, Input, Output>(
  model: Model<State, Input, Output>,
  whole: readonly Checked<Input, Output>[],
  refused: Refused<State, Input, Output>,
): Refused<State, Input, Output> {
  const attempts = new Attempts(model);
  const isRead = ({ input }: Checked<Input, Output>): boolean => model.isRead?.(input) === true;
  const isBounded = ({ returned, answer }: Checked<Input, Output>): boolean =>
    returned < Number.POSITIVE_INFINITY || answer !== 'unknown';
  const { deadline } = refused.refusal;
  // What was concluded would hide those that it was concluded from; without it, the search may be too long.
  let best =
    attempts.attempt(prefixOf(whole, deadline)) ?? attempts.attempt(prefixOf(refused.operations, deadline)) ?? refused;
  best = attempts.relaxAll(best, isRead, () => undefined);
  best = attempts.relaxAll(
    best,
    (one) => one.isRequired && !isRead(one),
    (one) => ({ ...one, isRequired: false, answer: 'unknown' }),
  );
  return attempts.relaxAll(
    best,
    (one) => !one.isRequired && isBounded(one),
    (one) => ({ ...one, answer: 'unknown', returned: Number.POSITIVE_INFINITY }),
  );
}

/** Until the return that cannot be reached. What was called later explains nothing; what returned later may not have happened yet. */
function prefixOf<Input, Output>(
  operations: readonly Checked<Input, Output>[],
  deadline: number,
): readonly Checked<Input, Output>[] {
  const end = operations[deadline]?.returned ?? Number.POSITIVE_INFINITY;
  return operations
    .filter(({ call }) => call < end)
    .map((one) => (one.returned > end ? { ...one, isRequired: false } : one));
}

/** Searches with a budget. */
class Attempts<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  #stepsLeft = EXPLANATION_STEPS_MAX;

  constructor(model: Model<State, Input, Output>) {
    this.#model = model;
  }

  /** `undefined`: they have an order, or nobody knows. */
  attempt(operations: readonly Checked<Input, Output>[]): Refused<State, Input, Output> | undefined {
    const result = searchOrder(this.#model, operations, Math.min(this.#stepsLeft, ATTEMPT_STEPS_MAX));
    this.#stepsLeft -= result.steps;
    return result.kind === 'refused' ? { operations, refusal: result.refusal } : undefined;
  }

  /** As many of those chosen as can be, first all, then halves, down to one by one (as delta debugging does). */
  relaxAll(
    refused: Refused<State, Input, Output>,
    isChosen: (one: Checked<Input, Output>) => boolean,
    relax: Relax<Input, Output>,
  ): Refused<State, Input, Output> {
    let best = refused;
    let chosen = refused.operations.filter(isChosen);
    for (let size = chosen.length; size > 0 && this.#stepsLeft > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      const kept: Checked<Input, Output>[] = [];
      for (let at = 0; at < chosen.length; at += size) {
        const some = new Set(chosen.slice(at, at + size));
        const relaxed = best.operations.map((one) => (some.has(one) ? relax(one) : one));
        const smaller = this.attempt(relaxed.filter((one) => one !== undefined));
        if (smaller === undefined) kept.push(...some);
        best = smaller ?? best;
      }
      chosen = kept;
    }
    return best;
  }
}

interface Words<State, Input, Output> {
  input(input: Input): string;
  output(output: Output): string;
  state(state: State): string;
}

function wordsOf<State, Input, Output>(model: Model<State, Input, Output>): Words<State, Input, Output> {
  return {
    input: (input) => model.describeInput?.(input) ?? json(input),
    output: (output) => model.describeOutput?.(output) ?? json(output),
    state: (state) => model.describeState?.(state) ?? model.key(state),
  };
}

function rowOf<State, Input, Output>(
  words: Words<State, Input, Output>,
  { recorded, input }: Checked<Input, Output>,
): readonly string[] {
  const { client, call, outcome } = recorded;
  const hasReturned = outcome.kind === 'ok' || outcome.kind === 'happened';
  const output = outcome.kind === 'ok' ? words.output(outcome.output) : `(${outcome.kind})`;
  return [client, seconds(call.atMs), hasReturned ? seconds(outcome.at.atMs) : '', words.input(input), output];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function operationsAt<Operation>(operations: readonly Operation[], indexes: readonly number[]): Operation[] {
  return indexes.flatMap((index) => operations.slice(index, index + 1));
}

function json(value: unknown): string {
  // Of nothing there is no JSON, whatever the type says.
  return value === undefined
    ? 'nothing'
    : JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}
