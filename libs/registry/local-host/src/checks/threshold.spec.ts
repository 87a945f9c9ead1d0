import { OUTPUT_BYTES_MAX, type Health } from '@portolan/catalog';
import fc from 'fast-check';
import { cutOutput } from './output.ts';
import { Threshold } from './threshold.ts';

const LETTERS = { p: 'passing', w: 'warning', c: 'critical' } as const satisfies Record<string, Health>;

it.each([
  // results, success threshold, failure threshold, statuses that follow, from critical
  ['ppp', 1, 1, 'ppp'],
  ['ppp', 3, 1, 'ccp'],
  ['pcpcpp', 2, 1, 'cccccp'],
  ['pcccp', 1, 3, 'pppcp'],
  ['pccpccp', 1, 3, 'ppppppp'],
  ['pwc', 1, 1, 'pwc'],
  ['pwcw', 1, 2, 'ppcw'],
])(
  'after %s with %d successes and %d failures needed it is %s',
  (results, successThreshold, failureThreshold, after) => {
    const threshold = new Threshold({ successThreshold, failureThreshold });
    let status: Health = 'critical';
    const letters = results.split('').map((letter) => {
      status = threshold.next(status, LETTERS[letter as keyof typeof LETTERS]);
      return status.charAt(0);
    });
    expect(letters.join('')).toBe(after);
  },
);

it('cuts an output to what the catalog takes, in whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), fc.nat({ max: 5_000 }), (text, times) => {
      const long = text.repeat(times);
      const cut = cutOutput(long);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(OUTPUT_BYTES_MAX);
      expect(long.startsWith(cut)).toBe(true);
      if (Buffer.byteLength(long) > OUTPUT_BYTES_MAX)
        expect(Buffer.byteLength(cut)).toBeGreaterThan(OUTPUT_BYTES_MAX - 4);
    }),
    { numRuns: 50 },
  );
});
