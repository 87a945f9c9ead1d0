import { nearest } from './nearest.ts';

describe('nearest', () => {
  it.each([
    ['--ops-prot', '--ops-port'],
    ['--bnid', '--bind'],
    ['--quite-another-thing', undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearest(word, ['--ops-port', '--bind', '--port'])).toBe(expected);
  });

  it('has no answer without candidates', () => {
    expect(nearest('x', [])).toBeUndefined();
  });
});
