import { percentileOf, spreadOf } from './statistics.ts';

it.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[5, 1, 3], { median: 3, min: 1, max: 5 }],
  [[4, 1, 3, 2], { median: 2.5, min: 1, max: 4 }],
])('of %j: %j', (values, expected) => {
  expect(spreadOf(values)).toEqual(expected);
});

it.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
  [0, 1],
])('p%s of 1 to 100 is %s', (share, expected) => {
  expect(
    percentileOf(
      Array.from({ length: 100 }, (_, index) => index + 1),
      share,
    ),
  ).toBe(expected);
});

it('refuses to make a figure of nothing', () => {
  expect(() => spreadOf([])).toThrow(RangeError);
  expect(() => percentileOf([], 0.5)).toThrow(RangeError);
});
