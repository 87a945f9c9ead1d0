import type { Model } from '../model.ts';
import type { Placeable } from '../placeable.ts';

/** The definition, word for word: every order of every choice of those that may have happened. For a handful of operations. */
export function hasOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Placeable<Input, Output>[],
): boolean {
  const extend = (state: State, latestCall: number, rest: readonly Placeable<Input, Output>[]): boolean => {
    if (!rest.some(({ isRequired }) => isRequired)) return true;
    return rest.some((next) => {
      const others = rest.filter((one) => one !== next);
      if (next.returned < latestCall) return false;
      if (others.some((one) => one.isRequired && one.returned < next.call)) return false;
      const call = Math.max(latestCall, next.call);
      return model.step(state, next.input, next.answer).some((after) => extend(after, call, others));
    });
  };
  return extend(model.initial, Number.NEGATIVE_INFINITY, operations);
}
