import type { Model } from './model.ts';
import type { Checked } from './placeable.ts';

/**
 * What has left a mark that nobody else can leave, and that an answer shows, has happened before that answer came: also what
 * never answered itself. (etcd's robustness tests narrow what is unknown by what watches saw in the same way.)
 */
export function withEvidence<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Checked<Input, Output>[],
): readonly Checked<Input, Output>[] {
  if (operations.every(({ isRequired }) => isRequired)) return operations;
  const leftBy = new Map<string, number>();
  const seenAt = new Map<string, number>();
  for (const { input, answer, returned } of operations) {
    for (const mark of new Set(model.leaves?.(input))) leftBy.set(mark, (leftBy.get(mark) ?? 0) + 1);
    if (answer === 'unknown') continue;
    for (const mark of model.shows?.(input, answer.output) ?? []) {
      seenAt.set(mark, Math.min(returned, seenAt.get(mark) ?? returned));
    }
  }
  return operations.map((one) => {
    const marks = model.leaves?.(one.input) ?? [];
    const seen = marks.filter((mark) => leftBy.get(mark) === 1).map((mark) => seenAt.get(mark));
    const returned = Math.min(...seen.filter((at) => at !== undefined));
    return returned < one.returned ? { ...one, returned, isRequired: true } : one;
  });
}
