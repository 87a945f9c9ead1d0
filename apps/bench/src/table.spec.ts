import { spreadOf } from './statistics.ts';
import { digits, tableOf, whole } from './table.ts';

it('shows median, spread and ratio to the first row', () => {
  const measured = [
    { name: 'peer', figures: { rate: spreadOf([1_000, 3_000, 2_000]), p99: spreadOf([1.5]) }, rounds: [] },
    { name: 'ours', figures: { rate: spreadOf([5_000]) }, rounds: [] },
  ];
  expect(
    tableOf('proxy', measured, [
      { figure: 'rate', title: 'req/s', format: whole, ratio: true },
      { figure: 'p99', title: 'p99 ms', format: digits(1) },
    ]),
  ).toBe(
    [
      '| proxy | req/s | × peer | p99 ms |',
      '| --- | --- | --- | --- |',
      '| peer | 2,000 (1,000–3,000) | 1.00 | 1.5 (1.5–1.5) |',
      '| ours | 5,000 (5,000–5,000) | 2.50 |  |',
    ].join('\n'),
  );
});
