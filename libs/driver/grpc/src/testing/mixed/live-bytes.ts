import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Turns of the event loop until what was just closed has told everybody. */
const TURNS = 100;

/** Bytes that survive a collection, in V8's heap and beside it. */
export async function liveBytes(): Promise<number> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
  setFlagsFromString('--expose-gc');
  // What a finalizer lets go is gone with the second.
  for (let time = 0; time < 2; time += 1) {
    runInNewContext('gc()');
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
