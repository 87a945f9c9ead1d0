import { createSeededRng } from '@portolan/kernel';
import { AT_ONCE, drawDelay, type Delay } from './delay.ts';

const draw = (delay: Delay, count = 10_000): number[] => {
  const rng = createSeededRng(11);
  return Array.from({ length: count }, () => drawDelay(delay, rng));
};

describe('drawDelay', () => {
  it('stays within its bounds without a tail', () => {
    const drawn = draw({ minMs: 2, maxMs: 5, tailChance: 0, tailMaxMs: 0 });
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(5);
  });

  it('exceeds the upper bound as often as its tail says, never its end', () => {
    const drawn = draw({ minMs: 2, maxMs: 5, tailChance: 0.1, tailMaxMs: 1_000 });
    const late = drawn.filter((ms) => ms > 5);
    expect(late.length).toBeGreaterThan(900);
    expect(late.length).toBeLessThan(1_100);
    expect(Math.max(...late)).toBeLessThanOrEqual(1_000);
    expect(late.filter((ms) => ms > 50).length).toBeGreaterThan(30);
  });

  it('is nothing when nothing is asked', () => {
    expect(new Set(draw(AT_ONCE, 10))).toEqual(new Set([0]));
  });
});
