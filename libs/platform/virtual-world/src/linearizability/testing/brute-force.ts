import type { RecordedOperation } from '../../history/history.ts';
import type { Model } from '../model.ts';

/** The definition, word for word: every order of every choice of those that may have happened. For a handful of operations. */
export function hasOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly RecordedOperation<Input, Output>[],
): boolean {
  const happened = operations.filter(({ outcome }) => outcome.kind !== 'failed');
  const extend = (state: State, rest: readonly RecordedOperation<Input, Output>[]): boolean => {
    if (rest.every(({ outcome }) => outcome.kind === 'unknown')) return true;
    return rest.some((next) => {
      const others = rest.filter((one) => one !== next);
      if (others.some(({ outcome }) => 'at' in outcome && outcome.at.sequence < next.call.sequence)) return false;
      const answer = next.outcome.kind === 'ok' ? { output: next.outcome.output } : 'unknown';
      return model.step(state, next.input, answer).some((after) => extend(after, others));
    });
  };
  return extend(model.initial, happened);
}
