import type { RecordedOperation } from '../history/history.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Model } from './model.ts';
import { placeable, type Checked } from './placeable.ts';
import { searchOrder, type SearchResult } from './search.ts';
import { withEvidence } from './with-evidence.ts';

/**
 * Calls of `Model.step` in one search, of which a part takes one or two: seconds, and some 100 MB. The problem is NP-complete;
 * what needs more has too many operations at once, or too many that never answered and left no mark.
 */
export const LINEARIZATION_STEPS_MAX = 1_000_000;

export type Verdict =
  | { readonly kind: 'linearizable'; readonly steps: number }
  /** `explain`: a table of the fewest operations found that no order explains; finding them may take seconds. */
  | { readonly kind: 'not linearizable'; readonly steps: number; explain(): string }
  /** The part was not decided within the steps allowed; no other part was refused. */
  | { readonly kind: 'undecided'; readonly part: string; readonly steps: number };

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
  for (const [part, recorded] of partsOf(model, operations)) {
    const checked = withEvidence(model, recorded);
    const result = search(model, checked, stepsMax);
    steps += result.steps;
    if (result.kind === 'undecided') undecided ??= part;
    if (result.kind === 'refused') {
      const { refusal } = result;
      return {
        kind: 'not linearizable',
        steps,
        explain: () => explainRefusal(model, recorded, { operations: checked, refusal }),
      };
    }
  }
  return undecided === undefined ? { kind: 'linearizable', steps } : { kind: 'undecided', part: undecided, steps };
}

/** First as if nothing had happened of which nothing is known, which is nearly always so; only then, whatever may have. */
function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  checked: readonly Checked<Input, Output>[],
  stepsMax: number,
): SearchResult<State> {
  const required = checked.filter(({ isRequired }) => isRequired);
  if (required.length === checked.length) return searchOrder(model, checked, stepsMax);
  const plain = searchOrder(model, required, stepsMax);
  if (plain.kind === 'ordered') return plain;
  const full = searchOrder(model, checked, stepsMax);
  return { ...full, steps: plain.steps + full.steps };
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
    part.push(placeable(recorded));
  }
  for (const part of parts.values()) part.sort((one, other) => one.call - other.call);
  return parts;
}
