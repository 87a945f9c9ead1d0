import { parseArgs } from 'node:util';
import { nearest } from '@portolan/config';
import type { BenchRow } from './bench-row.ts';
import { BENCH_NAMES, BENCHES, type BenchName } from './benches.ts';

export interface Asked {
  readonly bench: BenchName;
  readonly rounds: number;
  readonly seconds: number;
  /** undefined: all parts. */
  readonly only: readonly string[] | undefined;
  readonly isLarge: boolean;
  /** Folder of the raw results. */
  readonly json: string;
}

export type Arguments = { readonly kind: 'help' } | { readonly kind: 'run'; readonly asked: Asked };

/** What the user did wrong, in words that say what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const helpText = (): string =>
  [
    'npm run bench -- <name> [--rounds 3] [--seconds 5] [--only <part>,…] [--large] [--json .portolan/bench]',
    '',
    ...BENCH_NAMES.flatMap((name) => rowText(name, BENCHES[name])),
    '',
    'Sides run in turn, round by round; each figure is the median (least–most). Raw results are kept in --json.',
    '',
  ].join('\n');

function rowText(name: string, { summary, parts, large }: BenchRow): readonly string[] {
  const more = [
    ...(parts === undefined ? [] : [`--only: ${parts.join(', ')}`]),
    ...(large === undefined ? [] : [`--large: ${large}`]),
  ];
  return [`  ${name.padEnd(12)} ${summary}`, ...more.map((line) => `  ${''.padEnd(12)} ${line}`)];
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parsed(argv);
  if (values.help === true || argv.length === 0) return { kind: 'help' };
  const [name = ''] = positionals;
  const bench = BENCH_NAMES.find((one) => one === name);
  if (bench === undefined || positionals.length > 1) {
    const meant = nearest(name, BENCH_NAMES);
    throw new UsageError(
      `there is no bench "${positionals.join(' ')}"; ${meant === undefined ? '' : `did you mean ${meant}? `}there are ${BENCH_NAMES.join(', ')}`,
    );
  }
  const rounds = numberOf('rounds', values.rounds, 1, 100);
  const seconds = numberOf('seconds', values.seconds, 0.01, 600);
  const only = partsOf(bench, values.only);
  const isLarge = values.large === true;
  const row: BenchRow = BENCHES[bench];
  if (isLarge && row.large === undefined) throw new UsageError(`${bench} has one size: leave --large out`);
  return { kind: 'run', asked: { bench, rounds, seconds, only, isLarge, json: values.json } };
}

function partsOf(bench: BenchName, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const { parts }: BenchRow = BENCHES[bench];
  if (parts === undefined) throw new UsageError(`${bench} has no parts: leave --only out`);
  const asked = text.split(',');
  const unknown = asked.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new UsageError(`${bench} has no part "${unknown}"; there are ${parts.join(', ')}`);
  return asked;
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '5' },
        only: { type: 'string' },
        large: { type: 'boolean' },
        json: { type: 'string', default: '.portolan/bench' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${option} ${text} is not a number from ${min} to ${max}`);
}
