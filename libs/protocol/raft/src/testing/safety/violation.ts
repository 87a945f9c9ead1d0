/** What must never happen, in the paper's words. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(property: string, what: string) {
    super(`${property} violated: ${what}`);
  }
}

export function must(condition: boolean, property: string, what: () => string): asserts condition {
  if (!condition) throw new Violation(property, what());
}
