import { PortolanError, type ErrorKind } from './portolan-error.ts';

/** A number outside the range in which JavaScript counts exactly (0 to 2^53 − 1), or not whole. */
export class UnsafeIntegerError extends PortolanError {
  readonly code = 'KERNEL_UNSAFE_INTEGER';
  readonly kind: ErrorKind = 'invalid';
}

/**
 * Turns a 64-bit integer from the wire into an exact number.
 * @param what names the value in the error: "revision"
 * @throws UnsafeIntegerError unless 0 ≤ value ≤ 2^53 − 1 and whole
 */
export function checkedInteger(value: bigint | number, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new UnsafeIntegerError(`${what} is ${String(value)}, not a whole number from 0 to 2^53 − 1`, {
      fix: `send a ${what} in that range`,
      context: { what, value: String(value) },
    });
  }
  return number;
}
