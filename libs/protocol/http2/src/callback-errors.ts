/** What the user's callbacks threw while all of them had to be called: comes out once they were. */
export class CallbackErrors {
  private readonly thrown: unknown[] = [];

  add(thrown: unknown): void {
    this.thrown.push(thrown);
  }

  /** Calls it, and keeps what it throws. */
  guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.add(error);
    }
  }

  /** @throws what was thrown; an AggregateError when that is more than one */
  rethrow(): void {
    if (this.thrown.length === 1) throw this.thrown[0];
    if (this.thrown.length > 1) throw new AggregateError(this.thrown, 'several callbacks of a connection threw');
  }
}
