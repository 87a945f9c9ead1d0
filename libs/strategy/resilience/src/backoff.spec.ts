import { createSeededRng } from '@portolan/kernel';
import { backoff } from './backoff.ts';

describe('backoff', () => {
  it.each([
    [0, 100],
    [1, 200],
    [4, 1_600],
    [10, 2_000],
    [5_000, 2_000],
  ])('after attempt %i stays below %i ms and comes close to it', (attempt, bound) => {
    const rng = createSeededRng(attempt);
    const delays = Array.from({ length: 500 }, () => backoff({ baseMs: 100, maxMs: 2_000, factor: 2 }, attempt, rng));
    expect(Math.max(...delays)).toBeLessThan(bound);
    expect(Math.max(...delays)).toBeGreaterThan(bound * 0.9);
    expect(Math.min(...delays)).toBeLessThan(bound * 0.1);
  });
});
