import type { Failure } from './answer.ts';
import type { Total } from './run-seeds.ts';

/** So few worlds may miss something by chance. */
const COVERAGE_SEEDS_MIN = 100;
const BAR_WIDTH = 30;

/** `━━━━━━────  412/2000 seeds, 5.7 h simulated, 2.1 h a minute, 63 s left` */
export function progressLine(total: Total, seeds: number, elapsedMs: number): string {
  const done = Math.round((total.seeds / seeds) * BAR_WIDTH);
  const left =
    total.seeds === 0 ? '' : `, ${Math.ceil(((elapsedMs / total.seeds) * (seeds - total.seeds)) / 1_000)} s left`;
  return `${'━'.repeat(done)}${'─'.repeat(BAR_WIDTH - done)}  ${pace(total, seeds, elapsedMs)}${left}`;
}

function pace(total: Total, seeds: number, elapsedMs: number): string {
  const hours = total.simulatedMs / 3_600_000;
  const perMinute = elapsedMs === 0 ? 0 : hours / (elapsedMs / 60_000);
  return `${total.seeds}/${seeds} seeds, ${hours.toFixed(1)} h simulated, ${perMinute.toFixed(1)} h a minute`;
}

/** Seen nowhere, though it must be. */
export function uncovered(total: Total, names: readonly string[]): readonly string[] {
  if (total.seeds < COVERAGE_SEEDS_MIN) return [];
  return names.filter((name) => (total.coverage[name] ?? 0) === 0);
}

export function summary(total: Total, names: readonly string[], seeds: number, elapsedMs: number): string {
  const width = Math.max(...names.map((name) => name.length));
  const seen = names.map((name) => `  ${name.padEnd(width)}  ${(total.coverage[name] ?? 0).toLocaleString('en')}`);
  return [`${pace(total, seeds, elapsedMs)}; seen:`, ...seen, ''].join('\n');
}

/** What broke, in the paper's words; the last events; how to see it again. */
export function failureText(core: string, failure: Failure): string {
  const until = failure.atMs === 0 ? '' : ` --until ${(Math.ceil(failure.atMs) / 1_000).toFixed(3)}`;
  return [
    failure.message,
    ...(failure.stack === undefined ? [] : [failure.stack]),
    ...failure.events.map((event) => `  ${event}`),
    `replay: npm run simulate -- --core ${core} --seed ${failure.seed}${until}`,
    '',
  ].join('\n');
}
