import { assert, AssertionError, unreachable } from './assert.ts';

describe('assert', () => {
  it('passes what holds and throws on what does not', () => {
    expect(() => {
      assert(true, 'fine');
    }).not.toThrow();
    expect(() => {
      assert(false, 'commit index past the log');
    }).toThrow(new AssertionError('commit index past the log'));
  });

  it('names an unreachable case', () => {
    const forged = 'mystery' as never;
    expect(() => unreachable(forged)).toThrow('unreachable case: mystery');
  });
});
