import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { helpText, readArguments, UsageError, type Asked } from './arguments.ts';
import { BENCHES } from './benches.ts';
import { machineText } from './machine.ts';

async function run({ bench, rounds, seconds, only, isLarge, json }: Asked): Promise<void> {
  const progress = (what: string): void => {
    process.stderr.write(`${what}\n`);
  };
  const startedAt = new Date().toISOString();
  const { text, raw } = await BENCHES[bench].run({ rounds, seconds, only, isLarge, progress });
  const machine = machineText();
  const file = join(json, `${bench}-${startedAt.replaceAll(':', '-')}.json`);
  await mkdir(json, { recursive: true });
  await writeFile(file, `${JSON.stringify({ bench, startedAt, machine, rounds, seconds, raw }, undefined, 2)}\n`);
  process.stdout.write(`${text}\n\n${machine}; ${rounds} rounds of ${seconds} s; raw results in ${file}\n`);
}

try {
  const read = readArguments(process.argv.slice(2));
  if (read.kind === 'help') process.stdout.write(helpText());
  else await run(read.asked);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${helpText()}`);
  process.exitCode = 2;
}
