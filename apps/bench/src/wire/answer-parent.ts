import { z } from 'zod';
import { READY_ID } from './serving-process.ts';

const questionSchema = z.object({ id: z.int(), question: z.string() });

/** What a child can be asked, by name. */
export type Answers = Readonly<Record<string, () => unknown>>;

/**
 * Answers a `ServingProcess`, and ends this process when that is gone.
 * @param port where this process serves, now
 */
export function answerParent(port: number, answers: Answers): void {
  const say = (id: number, value: unknown): void => {
    process.send?.({ id, value });
  };
  process.on('message', (message) => {
    const { id, question } = questionSchema.parse(message);
    const answer = answers[question];
    if (answer === undefined) throw new Error(`nobody answers "${question}" here`);
    void Promise.resolve(answer()).then((value) => {
      say(id, value);
    });
  });
  process.once('disconnect', () => process.exit(0));
  say(READY_ID, { port });
}
