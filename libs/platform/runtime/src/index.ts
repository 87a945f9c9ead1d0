export type { Life } from './life.ts';
export { runProcess, type ProcessLogger, type ProcessOptions } from './run-process.ts';
export { sleep } from './sleep.ts';
export { systemClock } from './system-clock.ts';
export { systemRng } from './system-rng.ts';
