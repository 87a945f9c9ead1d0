import { helpText, readArguments, UsageError } from './arguments.ts';
import { BENCH_NAMES } from './benches.ts';

it('reads what to measure', () => {
  expect(readArguments(['balancing', '--rounds', '5', '--seconds', '0.5'])).toEqual({
    kind: 'run',
    asked: { bench: 'balancing', rounds: 5, seconds: 0.5, only: undefined, isLarge: false, json: '.portolan/bench' },
  });
  expect(readArguments(['registry', '--only', 'one,keys', '--large'])).toMatchObject({
    asked: { bench: 'registry', only: ['one', 'keys'], isLarge: true },
  });
});

it.each([[[]], [['--help']], [['-h', 'balancing']]])('helps for %j', (argv) => {
  expect(readArguments(argv)).toEqual({ kind: 'help' });
  for (const name of BENCH_NAMES) expect(helpText()).toContain(name);
});

it.each([
  [['balancign'], /did you mean balancing\?/],
  [['zzz'], /there are balancing, bff, raft, registry, wire/],
  [['bff', 'balancing'], /there is no bench "bff balancing"/],
  [['bff', '--rounds', '0'], /--rounds 0 is not a number from 1 to 100/],
  [['bff', '--round', '3'], /--round/],
  [['bff', '--only', 'page'], /bff has no parts/],
  [['bff', '--large'], /bff has one size/],
  [['registry', '--only', 'one,tow'], /no part "tow"; there are one, three/],
])('refuses %j', (argv, message) => {
  expect(() => readArguments(argv)).toThrow(UsageError);
  expect(() => readArguments(argv)).toThrow(message);
});
