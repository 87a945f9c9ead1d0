import type { Moment, Outcome, RecordedOperation } from '../../history/history.ts';

/**
 * A history as a picture, one line an operation: `a |--| read x`, where columns are time, `|` call and return. A second
 * `|` that is missing says that it never returned: unknown.
 */
export function operation<Input, Output>(
  picture: string,
  input: Input,
  output?: Output,
): RecordedOperation<Input, Output> {
  const [client = '', ...rest] = picture;
  const line = rest.join('');
  const call = line.indexOf('|');
  const returned = line.indexOf('|', call + 1);
  const outcome = (): Outcome<Output> => {
    if (returned < 0) return { kind: 'unknown' };
    return output === undefined
      ? { kind: 'happened', at: moment(returned) }
      : { kind: 'ok', output, at: moment(returned) };
  };
  return { client, input, call: moment(call), outcome: outcome() };
}

function moment(column: number): Moment {
  return { atMs: column * 1_000, sequence: column };
}
