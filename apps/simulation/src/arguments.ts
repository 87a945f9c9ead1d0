import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { nearest } from '@portolan/config';
import { CORE_NAMES, CORES, type CoreName } from './cores.ts';

export interface Asked {
  readonly core: CoreName;
  /** The first. */
  readonly seed: number;
  readonly seeds: number;
  readonly untilMs: number | undefined;
  readonly jobs: number;
  /** The outcome as JSON, for programs. */
  readonly json: boolean;
  /** File to write the run of one seed to. */
  readonly film: string | undefined;
}

export type Arguments = { readonly kind: 'help' } | { readonly kind: 'simulate'; readonly asked: Asked };

/** What the user did wrong, in words that say what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SEED_MAX = Number.MAX_SAFE_INTEGER;
const SEEDS_MAX = 100_000_000;

const CORE_NAME_WIDTH = Math.max(...CORE_NAMES.map(({ length }) => length));

export const helpText = (): string =>
  [
    'npm run simulate -- --core <name> [--seeds 100] [--seed S] [--until SECONDS] [--jobs J] [--film FILE]',
    '',
    ...CORE_NAMES.map((name) => `  --core ${name.padEnd(CORE_NAME_WIDTH)}  ${CORES[name].summary}`),
    '  --seeds N         how many worlds, one seed each (default 100)',
    '  --seed S          the first of them (default: one that nobody has tried); alone, replays that world',
    '  --until SECONDS   ends each world there: to see what led to a failure',
    `  --jobs J          worlds at a time (default: one a core, ${availableParallelism()})`,
    '  --film FILE       writes what happened, as JSON; for one seed',
    '  --json            prints the outcome as JSON',
    '',
    'Ends with 1 when something broke, or when 100 worlds or more have not seen all that worlds must see.',
    '',
  ].join('\n');

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const values = parsed(argv);
  if (values.help === true || argv.length === 0) return { kind: 'help' };
  const name = values.core ?? '';
  const core = CORE_NAMES.find((one) => one === name);
  if (core === undefined) {
    const meant = nearest(name, CORE_NAMES);
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    throw new UsageError(`there is no core "${name}"; ${hint}there are ${CORE_NAMES.join(', ')}`);
  }
  const isReplay = values.seed !== undefined && values.seeds === undefined;
  const seeds = isReplay ? 1 : whole('seeds', values.seeds ?? '100', 1, SEEDS_MAX);
  const seed = values.seed === undefined ? Date.now() : whole('seed', values.seed, 0, SEED_MAX);
  if (values.film !== undefined && seeds > 1) throw new UsageError('--film is of one seed: give --seed and no --seeds');
  const until = values.until === undefined ? undefined : Number(values.until);
  if (until !== undefined && !(until > 0)) throw new UsageError(`--until ${values.until ?? ''} is no time in seconds`);
  const jobs = whole('jobs', values.jobs ?? String(availableParallelism()), 1, 1_024);
  const untilMs = until === undefined ? undefined : until * 1_000;
  return {
    kind: 'simulate',
    asked: { core, seed, seeds, untilMs, jobs: Math.min(jobs, seeds), json: values.json === true, film: values.film },
  };
}

function parsed(argv: readonly string[]) {
  try {
    const options = {
      help: { type: 'boolean', short: 'h' },
      core: { type: 'string' },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      until: { type: 'string' },
      jobs: { type: 'string' },
      film: { type: 'string' },
      json: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${option} ${text} is not a whole number from ${min} to ${max}`);
}
