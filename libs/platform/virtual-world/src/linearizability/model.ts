/** What an operation answered, or that nobody knows. */
export type Answer<Output> = { readonly output: Output } | 'unknown';

/**
 * An object that does one thing at a time: what a linearizable system looks like from outside. States are immutable.
 */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * What the state may be after `input` in `state`, when it answered `answer`. None: it cannot have answered that.
   * Several: the model leaves it open. With an unknown answer: after whatever it may have answered.
   */
  step(state: State, input: Input, answer: Answer<Output>): readonly State[];
  /** The same for two states exactly when nothing can tell them apart. */
  key(state: State): string;
  /** It never changes the state: one without an answer says nothing. Default: it may. */
  isRead?(input: Input): boolean;
  /** Operations of different parts never touch the same state, so that each part is checked by itself. Default: one part. */
  partOf?(input: Input): string;
  /** No state that can follow this one allows that answer any more: lets a search turn back at once. Default: nobody knows. */
  isPast?(state: State, input: Input, answer: Answer<Output>): boolean;
  /**
   * Marks by which others may see that an operation has happened, as `x=17`, and the marks that an answer shows. What only one
   * operation can leave, and has been seen, has happened: a search need not guess. Default: none.
   */
  leaves?(input: Input): readonly string[];
  shows?(input: Input, output: Output): readonly string[];
  /** For failure reports. Default: JSON. */
  describeInput?(input: Input): string;
  describeOutput?(output: Output): string;
  describeState?(state: State): string;
}
