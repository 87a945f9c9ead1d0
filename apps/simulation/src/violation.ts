/** What must never be seen, seen. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** In the words of the paper: `Leader Completeness`. */
  readonly property: string;

  /** @param what the values that contradict it, in one line or as a table */
  constructor(property: string, what: string, cause?: unknown) {
    super(`${property} violated: ${what}`, { cause });
    this.property = property;
  }
}
