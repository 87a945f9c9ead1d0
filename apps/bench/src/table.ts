import type { Measured } from './measurement.ts';

/** How a figure is shown. */
export interface Column {
  readonly figure: string;
  readonly title: string;
  readonly format: (value: number) => string;
  /** Also as a ratio to the first row. */
  readonly ratio?: boolean;
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const digits =
  (count: number) =>
  (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: count, maximumFractionDigits: count });

/** A table in Markdown: median (least–most), and ratios to the first row. */
export function tableOf(heading: string, measured: readonly Measured[], columns: readonly Column[]): string {
  const [baseline] = measured;
  const titles = [
    heading,
    ...columns.flatMap(({ title, ratio }) => (ratio === true ? [title, `× ${baseline?.name ?? ''}`] : [title])),
  ];
  const rows = measured.map(({ name, figures }) => [
    name,
    ...columns.flatMap(({ figure, format, ratio }) => {
      const spread = figures[figure];
      if (spread === undefined) return ratio === true ? ['', ''] : [''];
      const text = `${format(spread.median)} (${format(spread.min)}–${format(spread.max)})`;
      const base = baseline?.figures[figure]?.median;
      return ratio === true ? [text, base === undefined ? '' : digits(2)(spread.median / base)] : [text];
    }),
  ]);
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
