import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** What this process cannot do without, in bytes: heap and buffers, after what is garbage was collected. */
export async function memoryInUse(): Promise<number> {
  if (typeof collect !== 'function') throw new TypeError('V8 collects on demand');
  // Buffers are let go of by a thread of its own: the second time they are gone.
  for (let time = 0; time < 2; time += 1) {
    Reflect.apply(collect, undefined, []);
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
