import { createSeededRng } from './rng.ts';

const draw = (seed: number, count: number, bound: number): number[] => {
  const rng = createSeededRng(seed);
  return Array.from({ length: count }, () => rng.below(bound));
};

describe('createSeededRng', () => {
  it('replays from its seed', () => {
    expect(draw(48_151, 100, 1_000)).toEqual(draw(48_151, 100, 1_000));
  });

  it('gives neighbouring seeds unrelated sequences', () => {
    const same = draw(1, 1_000, 1_000).filter((value, index) => value === draw(2, 1_000, 1_000)[index]);
    expect(same.length).toBeLessThan(20);
  });

  it('spreads evenly: chi-squared over 10 buckets stays under the 99.9 % bound', () => {
    const counts = new Array<number>(10).fill(0);
    for (const value of draw(7, 10_000, 10)) counts[value] = (counts[value] ?? 0) + 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });

  it('stays below its bound and in [0, 1)', () => {
    const rng = createSeededRng(3);
    for (let index = 0; index < 1_000; index += 1) {
      expect(rng.below(3)).toBeLessThan(3);
      expect(rng.float()).toBeLessThan(1);
    }
  });
});
