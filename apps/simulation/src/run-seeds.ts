import { Worker } from 'node:worker_threads';
import type { Answer, Failure } from './answer.ts';
import type { Asked } from './arguments.ts';
import type { Question } from './seed-worker.ts';

export interface Total {
  readonly seeds: number;
  readonly simulatedMs: number;
  readonly coverage: Readonly<Record<string, number>>;
  /** The first. */
  readonly failure: Failure | undefined;
}

/**
 * Plays worlds, several at a time, until one breaks or all are done.
 * @param tell called after each
 */
export async function runSeeds(asked: Asked, tell: (total: Total) => void): Promise<Total> {
  const { core, seed, seeds, untilMs, jobs } = asked;
  let next = 0;
  let total: Total = { seeds: 0, simulatedMs: 0, coverage: {}, failure: undefined };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url));
    try {
      while (next < seeds && total.failure === undefined) {
        const question: Question = { core, seed: seed + next, untilMs };
        next += 1;
        const answer = await ask(worker, question);
        total = added(total, answer);
        tell(total);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return total;
}

/** A worker that dies takes its seed with it into the failure. */
function ask(worker: Worker, question: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error);
      const stack = error instanceof Error ? error.stack : undefined;
      const failure = { seed: question.seed, property: 'An exception', message, stack, events: [], atMs: 0 };
      resolve({ seed: question.seed, simulatedMs: 0, coverage: {}, failure });
    };
    worker.once('error', failed);
    worker.once('message', (answer: Answer) => {
      worker.off('error', failed);
      resolve(answer);
    });
    worker.postMessage(question);
  });
}

function added(total: Total, answer: Answer): Total {
  const coverage: Record<string, number> = { ...total.coverage };
  for (const [name, count] of Object.entries(answer.coverage)) coverage[name] = (coverage[name] ?? 0) + count;
  const { failure = answer.failure } = total;
  return { seeds: total.seeds + 1, simulatedMs: total.simulatedMs + answer.simulatedMs, coverage, failure };
}
