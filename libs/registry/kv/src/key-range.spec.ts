import fc from 'fast-check';
import { rangeIncludes, rangesOverlap } from './key-range.ts';
import { keyOf } from './key.ts';
import { keys } from './testing/shorthand.ts';

describe('ranges', () => {
  it.each([
    ['b', ['b']],
    ['b*', ['b', 'ba', 'bb']],
    ['ba-c', ['ba', 'bb']],
    ['bb-', ['bb', 'c']],
    ['c-a', []],
  ])('%s includes %j', (range, expected) => {
    const included = ['a', 'b', 'ba', 'bb', 'c'].filter((key) => rangeIncludes(keys(range), keyOf(key)));
    expect(included).toEqual(expected);
  });

  it('overlap when some key is in both', () => {
    const all = ['a', 'b', 'c', 'd', 'e'];
    const aRange = fc.tuple(fc.constantFrom(...all), fc.constantFrom('', '-', ...all.map((end) => `-${end}`)));
    fc.assert(
      fc.property(aRange, aRange, (first, second) => {
        const [a, b] = [keys(first.join('')), keys(second.join(''))];
        const some = all.some((key) => rangeIncludes(a, keyOf(key)) && rangeIncludes(b, keyOf(key)));
        expect(rangesOverlap(a, b)).toBe(some);
      }),
    );
  });
});
