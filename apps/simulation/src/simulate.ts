import { writeFile } from 'node:fs/promises';
import { helpText, readArguments, UsageError, type Asked } from './arguments.ts';
import { answerOf } from './answer.ts';
import { CORES } from './cores.ts';
import { Film } from './film.ts';
import { failureText, progressLine, summary, uncovered } from './report.ts';
import { runSeeds, type Total } from './run-seeds.ts';

const TELL_EVERY_MS = 10_000;

async function simulate(asked: Asked): Promise<void> {
  const { core, seed, seeds } = asked;
  const { coverageNames } = CORES[core];
  const from = seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
  process.stderr.write(`${core}: ${from}\n`);
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const total =
    asked.film === undefined ? await runSeeds(asked, progress(seeds, elapsedMs)) : await filmed(asked, asked.film);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (asked.json) {
    process.stdout.write(`${JSON.stringify(total)}\n`);
    return;
  }
  process.stdout.write(summary(total, coverageNames, seeds, elapsedMs()));
  const missing = uncovered(total, coverageNames);
  if (missing.length > 0) process.stdout.write(`these worlds were too kind: nobody has seen ${missing.join(', ')}\n`);
  if (total.failure !== undefined) process.stdout.write(`\n${failureText(core, total.failure)}`);
  if (total.failure !== undefined || missing.length > 0) process.exitCode = 1;
}

/** A bar on a terminal, a line now and then elsewhere. */
function progress(seeds: number, elapsedMs: () => number): (total: Total) => void {
  let toldMs = 0;
  return (total) => {
    const now = elapsedMs();
    const line = progressLine(total, seeds, now);
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K`);
    else if (now - toldMs >= TELL_EVERY_MS) {
      toldMs = now;
      process.stderr.write(`${line}\n`);
    }
  };
}

async function filmed({ core, seed, untilMs }: Asked, file: string): Promise<Total> {
  const film = new Film();
  const run = await CORES[core].run({ seed, film, ...(untilMs !== undefined && { untilMs }) });
  await writeFile(file, film.toJson(seed, run.violation?.message));
  const { simulatedMs, coverage, failure } = answerOf(seed, run);
  return { seeds: 1, simulatedMs, coverage, failure };
}

try {
  const read = readArguments(process.argv.slice(2));
  if (read.kind === 'help') process.stdout.write(helpText());
  else await simulate(read.asked);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${helpText()}`);
  process.exitCode = 2;
}
