/** A broken invariant: our bug, never bad input. Not caught anywhere; the process ends rather than go on wrong. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * States what must hold; in production too.
 * @throws AssertionError when it does not
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Makes a forgotten case of a union a compile error. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable case: ${String(value)}`);
}
