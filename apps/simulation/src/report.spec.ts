import { failureText, progressLine, summary, uncovered } from './report.ts';

const total = {
  seeds: 500,
  simulatedMs: 25_000_000,
  coverage: { elections: 1_234, truncations: 0 },
  failure: undefined,
};

it('shows how far it is, how fast, and how long it takes', () => {
  expect(progressLine(total, 2_000, 120_000)).toBe(
    '━━━━━━━━──────────────────────  500/2000 seeds, 6.9 h simulated, 3.5 h a minute, 360 s left',
  );
});

it('lists what was seen, and names what was not', () => {
  expect(summary(total, ['elections', 'truncations'], 500, 120_000)).toBe(
    '500/500 seeds, 6.9 h simulated, 3.5 h a minute; seen:\n  elections    1,234\n  truncations  0\n',
  );
  expect(uncovered(total, ['elections', 'truncations'])).toEqual(['truncations']);
  expect(uncovered({ ...total, seeds: 99 }, ['elections', 'truncations'])).toEqual([]);
});

it('says what broke, what came before, and how to see it again', () => {
  const failure = {
    seed: 48_151,
    property: 'Leader Completeness (Raft §5.4)',
    message: 'Leader Completeness (Raft §5.4) violated: 7/41 is missing at 2, leader of term 9',
    stack: undefined,
    events: ['12.410  n2  becomes leader in term 9'],
    atMs: 12_410.3,
  };
  expect(failureText('raft', failure)).toBe(
    [
      'Leader Completeness (Raft §5.4) violated: 7/41 is missing at 2, leader of term 9',
      '  12.410  n2  becomes leader in term 9',
      'replay: npm run simulate -- --core raft --seed 48151 --until 12.411',
      '',
    ].join('\n'),
  );
});
