import { spreadOf } from '../statistics.ts';
import { digits, whole } from '../table.ts';
import { comparisonTable } from './comparison.ts';

it('shows the sides beside each other, the ratio of the last to the first, and what it was to be', () => {
  const side = (name: string, figures: Readonly<Record<string, readonly number[]>>) => ({
    name,
    figures: Object.fromEntries(Object.entries(figures).map(([figure, values]) => [figure, spreadOf(values)])),
    rounds: [],
  });
  const sides = [
    side('etcd', { puts: [1_000, 3_000, 2_000], p50: [0.4] }),
    side('ceiling', { puts: [9_000] }),
    side('ours', { puts: [3_500], p50: [0.3], restart: [2.5], stall: [30] }),
  ];
  const rows = [
    { title: 'puts/s', figure: 'puts', format: whole, target: { kind: 'ratio at least', value: 2 } },
    { title: 'p50', figure: 'p50', format: digits(1), target: { kind: 'ratio at most', value: 1 } },
    { title: 'restart', figure: 'restart', format: digits(1), target: { kind: 'ours at most', value: 3 } },
    { title: 'stall', figure: 'stall', format: whole, target: { kind: 'ours at most', value: 20 } },
    { title: 'none', figure: 'none', format: whole, target: { kind: 'ratio at least', value: 2 } },
  ] as const;
  expect(comparisonTable('one node', sides, rows)).toBe(
    [
      '| one node | etcd | ceiling | ours | ours ÷ etcd | target |',
      '| --- | --- | --- | --- | --- | --- |',
      '| puts/s | 2,000 (1,000–3,000) | 9,000 (9,000–9,000) | 3,500 (3,500–3,500) | 1.75 | ≥ 2.0 ×: missed |',
      '| p50 | 0.4 (0.4–0.4) |  | 0.3 (0.3–0.3) | 0.75 | ≤ 1.0 ×: met |',
      '| restart |  |  | 2.5 (2.5–2.5) |  | ≤ 3.0: met |',
      '| stall |  |  | 30 (30–30) |  | ≤ 20: missed |',
      '| none |  |  |  |  | ≥ 2.0 ×: not measured |',
    ].join('\n'),
  );
});
