import type { Measured } from '../measurement.ts';
import type { Spread } from '../statistics.ts';
import { digits } from '../table.ts';

/** What a figure is to be. */
export type Target =
  | { readonly kind: 'ratio at least' | 'ratio at most'; readonly value: number }
  | { readonly kind: 'ours at most'; readonly value: number };

export interface ComparedRow {
  readonly title: string;
  /** Its name among the figures of a side. */
  readonly figure: string;
  readonly format: (value: number) => string;
  readonly target?: Target | undefined;
}

/**
 * A table in Markdown: a figure a row, a side a column, and what the last side's median is to the first's. Sides between them, as the
 * driver's ceiling, are for comparison.
 */
export function comparisonTable(heading: string, sides: readonly Measured[], rows: readonly ComparedRow[]): string {
  const [first, last] = [sides[0], sides.at(-1)];
  const titles = [heading, ...sides.map(({ name }) => name), `${last?.name ?? ''} ÷ ${first?.name ?? ''}`, 'target'];
  const lines = rows.map(({ title, figure, format, target }) => {
    const ratio = ratioOf(first?.figures[figure], last?.figures[figure]);
    return [
      title,
      ...sides.map(({ figures }) => spreadText(figures[figure], format)),
      ratio === undefined ? '' : digits(2)(ratio),
      target === undefined ? '' : targetText(target, ratio, last?.figures[figure]?.median, format),
    ];
  });
  return [titles, titles.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function spreadText(spread: Spread | undefined, format: ComparedRow['format']): string {
  return spread === undefined ? '' : `${format(spread.median)} (${format(spread.min)}–${format(spread.max)})`;
}

function ratioOf(first: Spread | undefined, last: Spread | undefined): number | undefined {
  return first === undefined || last === undefined || first.median === 0 ? undefined : last.median / first.median;
}

function targetText(
  { kind, value }: Target,
  ratio: number | undefined,
  ours: number | undefined,
  format: ComparedRow['format'],
): string {
  switch (kind) {
    case 'ratio at least':
      return `≥ ${digits(1)(value)} ×: ${verdict(ratio, (is) => is >= value)}`;
    case 'ratio at most':
      return `≤ ${digits(1)(value)} ×: ${verdict(ratio, (is) => is <= value)}`;
    case 'ours at most':
      return `≤ ${format(value)}: ${verdict(ours, (is) => is <= value)}`;
  }
}

function verdict(figure: number | undefined, isMet: (figure: number) => boolean): string {
  if (figure === undefined) return 'not measured';
  return isMet(figure) ? 'met' : 'missed';
}
