/**
 * Adds up a run of `npm test`: every Jest test, and every other task (a lint, a typecheck, a build) as one.
 * `node .ci/count.mjs <log file> <exit code>` prints `N passed, N failed`.
 */
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const [logFile, exitCode] = process.argv.slice(2);
const log = stripVTControlCharacters(readFileSync(logFile, 'utf8'));

let passed = 0;
let failed = 0;
for (const [, counts] of log.matchAll(/^Tests: +(.*)$/gm)) {
  passed += Number(/(\d+) passed/.exec(counts)?.[1] ?? 0);
  failed += Number(/(\d+) failed/.exec(counts)?.[1] ?? 0);
}
const failedTasks = new Set(
  [...(/^Failed tasks:\n\n((?:- .*\n)+)/m.exec(log)?.[1].matchAll(/^- (\S+)/gm) ?? [])].map(([, task]) => task),
);
const isTest = (task) => task.endsWith(':test');
for (const [, task] of log.matchAll(/^> nx run (\S+)/gm)) {
  if (!isTest(task) && !failedTasks.has(task)) passed += 1;
}
for (const task of failedTasks) if (!isTest(task)) failed += 1;
// A run that broke before it could report (an install, a crash of a test file) has failed whatever it counted.
if (exitCode !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
