import { startChild } from '../child.ts';

/** A supervisor for the specs: starts one child, names it, and ends without a word to it. */
const child = startChild({ name: 'orphan', args: [process.argv[2] ?? ''], cwd: import.meta.dirname }, () => undefined);
await child.ready;
process.stdout.write(`${child.pid ?? 0}\n`, () => process.kill(process.pid, 'SIGKILL'));
