import type { RecordedOperation } from '../history/history.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Model } from './model.ts';
import { searchOrder, type Placeable } from './search.ts';

/** Calls of `Model.step` for one part: seconds, and some 100 MB. The problem is NP-complete; what needs more has too many unknowns. */
export const LINEARIZATION_STEPS_MAX = 1_000_000;

export type Verdict =
  | { readonly kind: 'linearizable'; readonly steps: number }
  /** `explain`: a table of the fewest operations found that no order explains; finding them may take seconds. */
  | { readonly kind: 'not linearizable'; readonly steps: number; explain(): string }
  /** The part was not decided within the steps allowed; no other part was refused. */
  | { readonly kind: 'undecided'; readonly part: string; readonly steps: number };

/** An operation with its place in time: what the search and its explanation work on. */
export interface Checked<Input, Output> extends Placeable<Input, Output> {
  readonly recorded: RecordedOperation<Input, Output>;
}

/**
 * Whether there is an order in which each operation takes effect at one moment between its call and its return, and the model
 * answers as the system did (Herlihy and Wing 1990). What failed did not happen; what is unknown may have, at any later time.
 */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly RecordedOperation<Input, Output>[],
  stepsMax = LINEARIZATION_STEPS_MAX,
): Verdict {
  let steps = 0;
  let undecided: string | undefined;
  for (const [part, checked] of partsOf(model, operations)) {
    const result = searchOrder(model, checked, stepsMax);
    steps += result.steps;
    if (result.kind === 'undecided') undecided ??= part;
    if (result.kind === 'refused') {
      const { refusal } = result;
      return { kind: 'not linearizable', steps, explain: () => explainRefusal(model, checked, refusal) };
    }
  }
  return undecided === undefined ? { kind: 'linearizable', steps } : { kind: 'undecided', part: undecided, steps };
}

function partsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly RecordedOperation<Input, Output>[],
): ReadonlyMap<string, readonly Checked<Input, Output>[]> {
  const parts = new Map<string, Checked<Input, Output>[]>();
  for (const recorded of operations) {
    const { input, outcome } = recorded;
    if (outcome.kind === 'failed') continue;
    if (outcome.kind !== 'ok' && model.isRead?.(input) === true) continue;
    const name = model.partOf?.(input) ?? '';
    const part = parts.get(name) ?? [];
    parts.set(name, part);
    part.push({
      recorded,
      input,
      answer: outcome.kind === 'ok' ? { output: outcome.output } : 'unknown',
      call: recorded.call.sequence,
      returned: outcome.kind === 'unknown' ? Number.POSITIVE_INFINITY : outcome.at.sequence,
      isRequired: outcome.kind !== 'unknown',
    });
  }
  for (const part of parts.values()) part.sort((one, other) => one.call - other.call);
  return parts;
}
