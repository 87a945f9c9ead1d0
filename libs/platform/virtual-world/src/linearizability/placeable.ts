import type { RecordedOperation } from '../history/history.ts';
import type { Answer } from './model.ts';

/** As the search sees an operation: it takes effect after `call` and before `returned`, once, or, unless it is required, never. */
export interface Placeable<Input, Output> {
  readonly input: Input;
  readonly answer: Answer<Output>;
  readonly call: number;
  /** Infinity: it has not. */
  readonly returned: number;
  readonly isRequired: boolean;
}

/** One that was recorded. */
export interface Checked<Input, Output> extends Placeable<Input, Output> {
  readonly recorded: RecordedOperation<Input, Output>;
}

/** @param recorded has not failed */
export function placeable<Input, Output>(recorded: RecordedOperation<Input, Output>): Checked<Input, Output> {
  const { input, call, outcome } = recorded;
  return {
    recorded,
    input,
    answer: outcome.kind === 'ok' ? { output: outcome.output } : 'unknown',
    call: call.sequence,
    returned: 'at' in outcome ? outcome.at.sequence : Number.POSITIVE_INFINITY,
    isRequired: outcome.kind !== 'unknown',
  };
}
