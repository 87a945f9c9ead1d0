import { readTimes } from './request-times.ts';

it('reads how long each request took, in milliseconds, the first tenth left out', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `1790000000000000\t200\t${(index + 1) * 1_000}\n`);
  expect(readTimes(lines.join(''))).toEqual(Array.from({ length: 18 }, (_, index) => index + 3));
});

it.each([['1790000000000000\t503\t120\n'], ['1790000000000000\t200\n']])('refuses %j', (log) => {
  expect(() => readTimes(log)).toThrow(/h2load logged/);
});
