import type { Run } from './cores.ts';

/** What became of a world, as one thread tells it another. */
export interface Answer {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly seed: number;
  readonly property: string;
  readonly message: string;
  /** Where an invariant of the code under test broke. */
  readonly stack: string | undefined;
  readonly events: readonly string[];
  readonly atMs: number;
}

export function answerOf(seed: number, { simulatedMs, coverage, violation, events }: Run): Answer {
  const failure = violation && {
    seed,
    property: violation.property,
    message: violation.message,
    stack: violation.cause instanceof Error ? violation.cause.stack : undefined,
    events,
    atMs: simulatedMs,
  };
  return { seed, simulatedMs, coverage, failure };
}
