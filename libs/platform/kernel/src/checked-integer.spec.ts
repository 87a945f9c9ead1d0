import { checkedInteger, UnsafeIntegerError } from './checked-integer.ts';

describe('checkedInteger', () => {
  it.each([
    [0n, 0],
    [7, 7],
    [9_007_199_254_740_991n, Number.MAX_SAFE_INTEGER],
  ])('takes %s', (value, expected) => {
    expect(checkedInteger(value, 'revision')).toBe(expected);
  });

  it.each([-1n, 9_007_199_254_740_992n, 1.5, Number.NaN])('refuses %s and names it', (value) => {
    expect(() => checkedInteger(value, 'revision')).toThrow(UnsafeIntegerError);
    expect(() => checkedInteger(value, 'revision')).toThrow(/revision is/);
  });
});
