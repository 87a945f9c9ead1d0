import { parentPort } from 'node:worker_threads';
import { CORES, type CoreName } from './cores.ts';
import { answerOf, type Answer } from './answer.ts';

/** One world at a time, each by the seed that is asked for; a worker of `run-seeds.ts`. */
export interface Question {
  readonly core: CoreName;
  readonly seed: number;
  readonly untilMs: number | undefined;
}

if (parentPort === null) throw new Error('this file is a worker of simulate.ts');
const port = parentPort;

port.on('message', ({ core, seed, untilMs }: Question) => {
  void CORES[core].run({ seed, ...(untilMs !== undefined && { untilMs }) }).then((run) => {
    port.postMessage(answerOf(seed, run) satisfies Answer);
  });
});
